import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";

const home = temporaryHome();
let server: Attached;

const chat = (id: string, ...texts: string[]) =>
  JSON.stringify({
    session_id: id,
    messages: texts.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content })),
  });

beforeAll(async () => {
  const path = join(home.path, "chats.jsonl");
  writeFileSync(
    path,
    [
      chat("good", "Where is my parcel?", "It comes tomorrow."),
      chat("refused", "Where is my parcel?", "I am sorry, but I cannot help with that."),
      chat("long", "Hello", "Hello!", "Where is my parcel?", "It comes on Friday."),
    ].join("\n"),
  );
  server = await attach({ home: home.path });
  await server.call("import_traces", { paths: [path] });
});

afterAll(async () => {
  await server.close();
  home.remove();
});

it("verdicts on what already happened become feedback that filters find; again adds nothing", async () => {
  const dry = await server.call("run_judges", { judges: ["no_refusal"], level: "sessions", dryRun: true });
  expect(dry).toMatchObject({ dryRun: true, sessions: 3 });
  for (let time = 0; time < 2; time += 1) {
    const answer = await server.call("run_judges", { judges: ["no_refusal"], level: "sessions" });
    expect(answer).toMatchObject({ kind: "judging", state: "done", done: 3 });
  }
  const found = await server.call("search_traces", {
    level: "sessions",
    filter: "feedback.no_refusal = false",
  });
  expect(JSON.stringify(untrustedOf(found)["rows"])).toContain("refused");
  expect(found["page"]).toMatchObject({ total: 1 });
  const counted = await server.call("query_sql", {
    sql: "SELECT count(*) AS n, count(DISTINCT session_id) AS sessions FROM assessments WHERE name = 'no_refusal'",
  });
  expect(rowsOf(untrustedOf(counted))).toEqual([{ n: 3, sessions: 3 }]);
});

it("conversations that fail become a dataset whose examples keep the script of the user", async () => {
  const saved = await server.call("save_dataset", {
    name: "chats",
    filter: "session.turns >= 1",
    addPassing: 0,
  });
  expect(saved).toMatchObject({ counts: { examples: 3, holdout: 0 } });
  const record = await server.call("get_record", { kind: "dataset", id: "chats" });
  const rows = rowsOf(untrustedOf(record)["examples"]);
  expect(rows.map(({ asks }) => asks).sort()).toEqual([
    "Hello (+1 turns)",
    "Where is my parcel?",
    "Where is my parcel?",
  ]);
  // The same question stays on one side of every split.
  expect(
    new Set(rows.filter(({ asks }) => asks === "Where is my parcel?").map(({ split }) => split)).size,
  ).toBe(1);
  const recorded = await server.call("run_evaluation", {
    dataset: "chats",
    target: "recorded",
    judges: ["no_refusal"],
  });
  const evaluation = await server.call("get_record", {
    kind: "evaluation",
    id: String(recorded["evaluation"]),
  });
  expect(rowsOf(evaluation["judges"])[0]).toMatchObject({
    judge: "no_refusal",
    scored: "3 of 3",
    mean: 0.667,
  });
});
