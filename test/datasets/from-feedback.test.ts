import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";

// What people said of conversations becomes what the next answer must satisfy.
const home = temporaryHome();
let server: Attached;

const CHATS: readonly (readonly [id: string, asked: string, answered: string])[] = [
  ["rude", "When do you open on Sundays?", "Read the sign, will you?"],
  ["wrong", "How long may I send things back?", "14 days."],
  ["right", "How long may I send my shoes back?", "30 days."],
  ["tool", "Where is my parcel number 4711?", "I do not know."],
  ["good", "Do you ship to Norway?", "Yes, we ship to Norway."],
  ["plain", "Do you sell gift cards?", "Yes, from 10 euros on."],
];

beforeAll(async () => {
  const path = join(home.path, "chats.jsonl");
  const lines = CHATS.map(([id, asked, answered]) =>
    JSON.stringify({
      session_id: id,
      messages: [
        { role: "user", content: asked },
        { role: "assistant", content: answered },
      ],
    }),
  );
  writeFileSync(path, lines.join("\n"));
  server = await attach({ home: home.path });
  await server.call("import_traces", { paths: [path] });
  const feedback = (sessionId: string, name: string, value: unknown, more: JsonObject = {}) => ({
    sessionId,
    name,
    value: JSON.parse(JSON.stringify(value)),
    ...more,
  });
  const expectation = { kind: "expectation" };
  await server.call("record_feedback", {
    items: [
      feedback("rude", "thumbs", false, { rationale: "So rude! I only asked when they open." }),
      feedback("wrong", "thumbs", false),
      feedback("wrong", "correction", "30 days."),
      feedback("right", "thumbs", false),
      feedback("right", "expected_response", "30 days.", expectation),
      feedback("tool", "thumbs", false),
      feedback("tool", "expected_tools", "find_parcel", expectation),
      feedback("good", "thumbs", true),
    ],
  });
});

afterAll(async () => {
  await server.close();
  home.remove();
});

const previewOf = (answer: JsonObject) =>
  new Map(rowsOf(untrustedOf(answer)["preview"]).map((row) => [String(row["asks"]), row]));

const asked = (id: string): string => CHATS.find(([one]) => one === id)?.[1] ?? "";

it("comments and corrected answers become expectations, and the preview says which of them the old answer fails, by which judge", async () => {
  const saved = await server.call("save_dataset", { name: "complaints", filter: "feedback.thumbs = false" });
  expect(saved).toMatchObject({ counts: { examples: 4, failing: 4, passing: 0 }, matching: 4 });
  const preview = previewOf(saved);
  expect(preview.get(asked("rude"))).toMatchObject({
    role: "failing",
    expected: 'guidelines: no cause for "So rude! I only asked when they open."',
    "recorded answer": "Read the sign, will you?",
    recorded: "complained of; example_guidelines decides",
  });
  expect(preview.get(asked("wrong"))).toMatchObject({
    expected: "answer: 30 days.",
    recorded: "fails exact_match",
  });
  // An expectation that the old answer meets would show nothing: it is told.
  expect(preview.get(asked("right"))).toMatchObject({ recorded: "passes exact_match" });
  expect(preview.get(asked("tool"))).toMatchObject({ recorded: "fails tool_called" });
});

it("what the preview says is what an evaluation of the recorded answers finds", async () => {
  const ran = await server.call("run_evaluation", {
    dataset: "complaints",
    target: "recorded",
    judges: ["exact_match", "tool_called"],
  });
  const record = await server.call("get_record", { kind: "evaluation", id: String(ran["evaluation"]) });
  const judges = new Map(rowsOf(record["judges"]).map((row) => [String(row["judge"]).split(" ")[0], row]));
  expect(judges.get("exact_match")).toMatchObject({ scored: "2 of 4", mean: 0.5 });
  expect(judges.get("tool_called")).toMatchObject({ scored: "1 of 4", mean: 0 });
});

it("passing conversations stand beside failing ones, and never one that is known to be bad", async () => {
  const saved = await server.call("save_dataset", {
    name: "guarded",
    filter: 'feedback.thumbs = false AND text ~ "Sundays"',
    addPassing: 10,
  });
  expect(saved).toMatchObject({ counts: { examples: 3, failing: 1, passing: 1 } });
  const preview = previewOf(saved);
  expect([...preview].map(([asks, { role }]) => [asks, role]).sort()).toEqual(
    [
      [asked("good"), "passing"],
      // Nobody said that it was good.
      [asked("plain"), "unknown"],
      [asked("rude"), "failing"],
    ].sort(),
  );
  const one = await server.call("save_dataset", {
    name: "praised",
    filter: 'feedback.thumbs = false AND text ~ "Sundays"',
    addPassing: 1,
  });
  expect(previewOf(one).get(asked("good"))).toMatchObject({ role: "passing" });
});
