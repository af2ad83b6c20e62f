import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";

const home = temporaryHome();

afterAll(() => home.remove());

it("an equal tag with another question is never paired, is counted, and its row says why", async () => {
  const conversations = [
    ["s1", "Where is my parcel?"],
    ["s2", "Cancel my order."],
    ["s3", "Do you ship abroad?"],
  ].map(([id, content]) =>
    JSON.stringify({
      session_id: id,
      messages: [
        { role: "user", content },
        { role: "assistant", content: "Done." },
      ],
    }),
  );
  const labels = ["s1", "s2", "s3"].map((sessionId, i) =>
    JSON.stringify({ sessionId, taskId: `${i + 1}`, reward: 1 }),
  );
  const paths = [join(home.path, "chats.jsonl"), join(home.path, "labels.jsonl")];
  writeFileSync(paths[0] ?? "", conversations.join("\n"));
  writeFileSync(paths[1] ?? "", labels.join("\n"));
  const server = await attach({ home: home.path });
  await server.call("import_traces", { paths, feedbackColumns: ["reward"] });
  await server.call("save_judge", { name: "reward", builtin: "feedback", params: { name: "reward" } });
  await server.call("save_dataset", {
    name: "tasks",
    examples: [
      { id: "a", inputs: { question: "Where is my parcel?" }, tags: { taskId: "1" } },
      { id: "b", inputs: { question: "I want my money back." }, tags: { taskId: "2" } },
      { id: "c", inputs: { code: 7 }, tags: { taskId: "3" } },
    ],
    holdout: false,
  });
  const ran = await server.call("run_evaluation", {
    dataset: "tasks",
    target: "recorded",
    matchTag: "taskId",
    judges: ["reward"],
  });
  const record = await server.call("get_record", { kind: "evaluation", id: String(ran["evaluation"]) });
  expect(rowsOf(record["judges"])[0]).toMatchObject({ scored: "2 of 3", missing: "run_missing 1" });
  const notes = JSON.stringify(record["notes"]);
  expect(notes).toContain("1 runs are missing: the tag is equal, the input is another one");
  expect(notes).toContain("1 examples have no question as text");
  const row = rowsOf(untrustedOf(record)["rows"]).find(({ example }) => example === "b");
  expect(row).toMatchObject({ why: "the tag is equal, the input is another one" });
  await server.close();
});
