import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { says } from "../calibration/fixture.ts";
import { peakMb } from "../jobs/peak.ts";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";

const home = temporaryHome();
const TURNS = 300;
let endpoint: ScriptedEndpoint;
let server: Attached;

const filler = "and that is all that there is to say about it for now, ".repeat(7);

beforeAll(async () => {
  endpoint = await startScriptedEndpoint({
    answer: ({ text }) => {
      if (text.includes("take notes"))
        return JSON.stringify({ findings: [{ turn: 7, what: "shouts" }], state: "the parcel is open" });
      const asked = /^Judge turns? ([\d, ]+)\.$/m.exec(text)?.[1];
      if (asked === undefined) return says("unresolved", "It shouts. [turns 7, 250]");
      const label = (turn: number) => (turn % 100 === 0 ? "irrelevant" : "relevant");
      return JSON.stringify({
        turns: asked
          .split(", ")
          .map((turn) => ({ turn: Number(turn), rationale: "so", label: label(Number(turn)) })),
      });
    },
  });
  const messages = Array.from({ length: TURNS }, (_, i) => [
    { role: "user", content: `Question ${i + 1}: ${filler}` },
    { role: "assistant", content: `Answer ${i + 1}: ${filler}` },
  ]).flat();
  const path = join(home.path, "chats.jsonl");
  writeFileSync(path, JSON.stringify({ session_id: "long", messages }));
  server = await attach({
    home: home.path,
    env: modelEnv(endpoint.url),
  });
  await server.call("import_traces", { paths: [path] });
});

afterAll(async () => {
  await server.close();
  await endpoint.close();
  home.remove();
});

const turnRows = async (name: string) => {
  const answer = await server.call("query_sql", {
    sql: `SELECT turn, value FROM assessments WHERE name = '${name}' AND session_id = 'long' ORDER BY turn`,
    maxTokens: 4_000,
  });
  return rowsOf(untrustedOf(answer));
};

it("is asked in as many calls as the dry run says, each paid once, and the turns that decide carry the verdict", async () => {
  const judging = { judges: ["user_frustration"], level: "sessions" };
  const dry = await server.call("run_judges", { ...judging, dryRun: true });
  const calls = Number(rowsOf(dry["judges"])[0]?.["calls at most"]);
  expect(calls).toBeGreaterThan(2);
  expect(calls).toBeLessThanOrEqual(8);
  const judged = await server.call("run_judges", judging);
  expect(judged).toMatchObject({ state: "done", done: 1 });
  expect(await peakMb(home.path, String(judged["jobId"]))).toBeLessThan(400);
  expect(endpoint.requests).toHaveLength(calls);
  expect(endpoint.requests.at(-1)?.text).toContain("turn 7: shouts\nthe parcel is open");
  expect(await server.call("run_judges", judging)).toMatchObject({ state: "done" });
  expect(endpoint.requests).toHaveLength(calls);
  expect(await turnRows("user_frustration")).toEqual([
    { turn: null, value: "unresolved" },
    { turn: 7, value: "unresolved" },
    { turn: 250, value: "unresolved" },
  ]);
  const session = await server.call("get_session", { sessionId: "long" });
  expect(JSON.stringify(session)).toContain("[turn 7, 250]");
  // It came as one trace: its reader counts turns as the judge does.
  expect(session).toMatchObject({ turns: TURNS });
  const rows = rowsOf(untrustedOf(session)["transcript"]);
  const seventh = rows.filter(({ turn }) => turn === 7).map(({ text }) => String(text).slice(0, 10));
  expect(seventh).toEqual(["Question 7", "Answer 7: "]);
});

it("each turn is judged by itself, many to a question, and carries its verdict", async () => {
  const before = endpoint.requests.length;
  await server.call("save_judge", { name: "to_the_point", builtin: "relevance", level: "turn" });
  const answer = await server.call("run_judges", { judges: ["to_the_point"], level: "sessions" });
  expect(answer).toMatchObject({ state: "done" });
  expect(endpoint.requests.length - before).toBeLessThanOrEqual(24);
  const counted = await server.call("query_sql", {
    sql: "SELECT value, count(DISTINCT turn) AS turns, max(turn) AS last FROM assessments WHERE name = 'to_the_point' GROUP BY value ORDER BY value",
  });
  expect(rowsOf(untrustedOf(counted))).toEqual([
    { value: 0, turns: 0, last: null },
    { value: "irrelevant", turns: 3, last: 300 },
    { value: "relevant", turns: TURNS - 3, last: 299 },
  ]);
  const found = await server.call("search_traces", {
    level: "sessions",
    filter: "feedback.to_the_point = irrelevant",
  });
  expect(found["page"]).toMatchObject({ total: 1 });
});

it("people say something of one turn as well", async () => {
  const item = { sessionId: "long", turn: 12, name: "polite", value: false };
  await server.call("record_feedback", { items: [item], source: "human" });
  await server.call("record_feedback", { items: [{ ...item, turn: 13 }], source: "human" });
  await server.call("record_feedback", { items: [{ ...item, value: true }], source: "human" });
  expect(await turnRows("polite")).toEqual([
    { turn: 12, value: 1 },
    { turn: 13, value: 0 },
  ]);
});

it("the assistant reads it in parts within 8 kB, one after the other, and the job goes on after each", async () => {
  await server.close();
  server = await attach({ home: home.path });
  const started = await server.call("run_judges", { judges: ["coherence"], level: "sessions" });
  expect(started).toMatchObject({ state: "waiting" });
  const jobId = String(started["jobId"]);
  let parts = 0;
  for (let state = "waiting"; state === "waiting"; ) {
    const batch = await server.call("get_tasks", { jobId });
    expect(JSON.stringify(batch).length).toBeLessThan(8_000);
    const tasks = rowsOf(untrustedOf(batch)["tasks"]);
    expect(tasks.length).toBeGreaterThan(0);
    const answers = tasks.map((task) => {
      const item = String(task["item"]);
      const [, part, of] = /^Part (\d+) of (\d+)/m.exec(item) ?? [];
      parts = Math.max(parts, Number(part ?? 0));
      const said =
        part === of ? { label: "coherent", rationale: "All fits." } : { text: `read up to part ${part}` };
      if (part !== undefined && part !== "1") expect(item).toContain(`read up to part ${Number(part) - 1}`);
      return { taskId: String(task["taskId"]), code: /code (\w+)\]$/.exec(item)?.[1] ?? "", ...said };
    });
    expect(await server.call("submit_answers", { answers })).toMatchObject({ accepted: answers.length });
    state = String((await server.call("get_job", { jobId, waitSeconds: 20 }))["state"]);
    if (state !== "waiting") expect(state).toBe("done");
  }
  expect(parts).toBeGreaterThan(2);
  expect(parts).toBeLessThanOrEqual(16);
  expect(await turnRows("coherence")).toEqual([{ turn: null, value: "coherent" }]);
});
