import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "./harness.ts";

const home = temporaryHome();
let server: Attached;
const folder = join(home.path, "files");

const chat = (id: string, question: string, answer: string) =>
  JSON.stringify({
    session_id: id,
    messages: [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ],
  });

beforeAll(async () => {
  mkdirSync(folder);
  writeFileSync(
    join(folder, "chats.jsonl"),
    `${chat("a", "Where is my order?", "On its way.")}\n${chat("b", "Refund!", "No.")}\nnot json\n`,
  );
  writeFileSync(join(folder, "labels.csv"), "session_id,correct,topic\na,true,shipping\nb,false,refund\n");
  server = await attach({ home: home.path });
});

afterAll(async () => {
  await server.close();
  home.remove();
});

it("imports a folder in a job that it waits for, and reports what was skipped", async () => {
  const answer = await server.call("import_traces", { paths: [folder], feedbackColumns: ["correct"] });
  expect(answer).toMatchObject({ kind: "import", state: "done" });
  const report = JSON.stringify(untrustedOf(answer));
  expect(report).toContain('"traces":2');
  expect(report).toContain('"feedback":2');
  expect(report).toContain('"lines":[3]');
});

it("can then be asked", async () => {
  const failed = await server.call("search_traces", {
    level: "sessions",
    filter: "feedback.correct = false",
  });
  expect(rowsOf(untrustedOf(failed)).map((row) => row["id"])).toEqual(["b"]);
  const tagged = await server.call("search_traces", { level: "sessions", filter: 'tag.topic = "shipping"' });
  expect(rowsOf(untrustedOf(tagged)).map((row) => row["id"])).toEqual(["a"]);
});

it("imports the same again without doubling, under the same key as the same job", async () => {
  const first = await server.call("import_traces", { paths: [folder], idempotencyKey: "k" });
  const second = await server.call("import_traces", { paths: [folder], idempotencyKey: "k" });
  expect(second["jobId"]).toBe(first["jobId"]);
  expect(await server.call("get_job", { jobId: String(first["jobId"]) })).toMatchObject({ state: "done" });
  expect(await server.call("search_traces", { level: "sessions" })).toMatchObject({ page: { returned: 2 } });
});
