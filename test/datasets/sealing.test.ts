import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";
import {
  type Attached,
  attach,
  bareEnv,
  rowsOf,
  run,
  serverEntry,
  temporaryHome,
  untrustedOf,
} from "../server/harness.ts";

// Conversations, a dataset of them with a sealed part, and a person who retires it by the command line.
const home = temporaryHome();
let server: Attached;

const COUNT = 60;
const session = (i: number): string => `s${i}`;
const canary = (i: number): string => `QUOKKA${i}X`;
/** Read before any dataset was made: what they say may have shaped somebody's mind. */
const OPENED = [0, 1, 2, 3, 4];

const evalwright = (...args: string[]) => run([serverEntry, ...args, "-p", "test"], bareEnv(home.path));

beforeAll(async () => {
  const lines = Array.from({ length: COUNT }, (_, i) => {
    const turn = (role: string, content: string) => ({ role, content: `${content} ${canary(i)}` });
    const messages = [
      turn("user", `What is the matter with order number ${i}, which I sent back?`),
      turn("assistant", "Let us see."),
    ];
    return JSON.stringify({ session_id: session(i), messages, tags: { number: canary(i) } });
  });
  const path = join(home.path, "chats.jsonl");
  writeFileSync(path, lines.join("\n"));
  server = await attach({ home: home.path });
  await server.call("import_traces", { paths: [path] });
  for (const i of OPENED)
    expect(JSON.stringify(await server.call("get_session", { sessionId: session(i) }))).toContain(canary(i));
}, 120_000);

afterAll(async () => {
  await server.close();
  home.remove();
});

const save = (name: string, more: JsonObject = {}) =>
  server.call("save_dataset", { name, filter: "session.turns >= 1", limit: 100, ...more });

/** Which of the canaries are in an answer or an output. */
const seenIn = (text: string): number[] =>
  Array.from({ length: COUNT }, (_, i) => i).filter((i) => text.includes(canary(i)));

/** All that a dataset shows of its examples, in pages. */
async function shownOf(id: string): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  let cursor: Json = null;
  do {
    const page: JsonObject = await server.call("get_record", {
      kind: "dataset",
      id,
      maxTokens: 3_000,
      ...(typeof cursor === "string" ? { cursor } : {}),
    });
    rows.push(...rowsOf(untrustedOf(page)["examples"]));
    cursor = isJsonObject(page["page"] ?? null) ? (Object(page["page"])["next"] ?? null) : null;
  } while (cursor !== null);
  return rows;
}

let sealed: number[] = [];

it("a part is sealed, none of it from what was read before, and the preview told what would be", async () => {
  const dry = await save("orders", { dryRun: true });
  const saved = await save("orders");
  expect(saved["counts"]).toEqual(dry["counts"]);
  expect(saved).toMatchObject({ counts: { examples: COUNT }, holdout: expect.stringMatching(/^sealed/) });
  const shown = seenIn(JSON.stringify(await shownOf("orders")));
  sealed = Array.from({ length: COUNT }, (_, i) => i).filter((i) => !shown.includes(i));
  expect(saved["counts"]).toMatchObject({ holdout: sealed.length });
  // 30 % of what could be drawn, give or take.
  expect(sealed.length).toBeGreaterThan(8);
  expect(sealed.length).toBeLessThan(28);
  expect(sealed.filter((i) => OPENED.includes(i))).toEqual([]);
  for (const answer of [dry, saved])
    expect(seenIn(JSON.stringify(answer)).filter((i) => sealed.includes(i))).toEqual([]);
});

describe("while it is sealed", () => {
  const none = (text: string) => expect(seenIn(text).filter((i) => sealed.includes(i))).toEqual([]);
  const answerOf = async (tool: string, arguments_: JsonObject) =>
    JSON.stringify(await server.call(tool, arguments_));

  it("reads, SQL and resources have nothing of it", async () => {
    const [first = 0] = sealed;
    const answers = await Promise.all([
      answerOf("search_traces", { level: "sessions", limit: 100, maxTokens: 20_000 }),
      answerOf("search_traces", { filter: `text ~ "${canary(first)}"` }),
      answerOf("search_traces", { filter: `session = "${session(first)}"`, level: "sessions" }),
      answerOf("get_session", { sessionId: session(first) }),
      answerOf("get_session", { sessionId: session(first), find: "QUOKKA" }),
      answerOf("summarize_traces", {}),
      answerOf("list_records", { kind: "dataset" }),
      answerOf("get_record", { kind: "dataset", id: "orders" }),
    ]);
    for (const answer of answers) none(answer);
    expect(answers[3]).toContain('"sealed":true');
    const count = async (view: string) =>
      rowsOf(untrustedOf(await server.call("query_sql", { sql: `SELECT count(*) AS n FROM ${view}` })))[0]?.[
        "n"
      ];
    expect(await count("sessions")).toBe(COUNT - sealed.length);
    for (const view of ["traces", "sessions", "spans", "messages", "assessments"])
      none(await answerOf("query_sql", { sql: `SELECT * FROM ${view}`, maxTokens: 20_000 }));
    for (const i of sealed.slice(0, 3)) {
      const { contents } = await server.client.readResource({ uri: `evalwright://session/${session(i)}` });
      none(JSON.stringify(contents));
    }
  });

  it("exports leave it out and say how much", async () => {
    const exported = await evalwright("dataset", "export", "orders");
    expect(exported.stdout.trim().split("\n")).toHaveLength(COUNT - sealed.length);
    expect(exported.stderr).toContain(`${sealed.length} holdout examples are sealed and not exported`);
    none(exported.stdout);
    const tests = await evalwright("export-tests", "orders", "--judge", "no_refusal");
    expect(tests.stderr + tests.code).toMatch(/0$/);
    none(tests.stdout);
    expect(seenIn(tests.stdout)).toHaveLength(COUNT - sealed.length);
  });

  it("no tool opens it, by an id, an edit or another dataset", async () => {
    const [first = 0] = sealed;
    none(JSON.stringify(await save("again", { holdout: false })));
    // What is sealed is not found by a filter at all.
    expect((await save("again", { holdout: false }))["counts"]).toMatchObject({
      examples: COUNT - sealed.length,
    });
    const same = {
      inputs: {
        message: `What is the matter with order number ${first}, which I sent back? ${canary(first)}`,
      },
    };
    const inline = await server.call("save_dataset", { name: "inline", examples: [same], holdout: false });
    // The same question has the same split everywhere, whatever is asked for.
    expect(inline["counts"]).toMatchObject({ examples: 1, holdout: 1 });
    const dry = await server.call("save_dataset", {
      name: "inline2",
      examples: [same],
      holdout: false,
      dryRun: true,
    });
    expect(dry["counts"]).toMatchObject({ examples: 1, holdout: 1 });
    none(JSON.stringify([inline, dry]));
    expect(await shownOf("inline")).toEqual([]);
  });

  it("an evaluation does not run it, and asking for it is refused", async () => {
    const wanted = { dataset: "orders", target: "recorded", judges: ["no_refusal"] };
    const ran = await server.call("run_evaluation", wanted);
    const record = await server.call("get_record", {
      kind: "evaluation",
      id: String(ran["evaluation"]),
      maxTokens: 20_000,
    });
    expect(record).toMatchObject({ examples: COUNT - sealed.length });
    none(JSON.stringify(record));
    expect(await server.fail("run_evaluation", { ...wanted, splits: ["holdout"] })).toMatch(
      /^invalid_input: /,
    );
  });
});

it("splits are the same in every version and dataset", async () => {
  const splitOf = async (id: string) =>
    new Map((await shownOf(id)).map(({ asks, split }) => [String(asks), String(split)]));
  const first = await splitOf("orders");
  await save("orders", { filter: 'session.turns >= 1 AND NOT text ~ "number 7"', note: "again" });
  await server.call("save_dataset", {
    name: "orders",
    examples: [{ inputs: { message: "Something that nobody has asked before, at some length." } }],
  });
  const [later, other] = [await splitOf("orders"), await splitOf("again")];
  expect(later.size).toBe(first.size + 1);
  for (const [asks, split] of first) {
    expect([asks, later.get(asks)]).toEqual([asks, split]);
    expect([asks, other.get(asks)]).toEqual([asks, split]);
  }
});

it("a person retires it by the command line: not without --yes, and then all of it is open", async () => {
  const [first = 0] = sealed;
  const asked = await evalwright("dataset", "retire-holdout", "orders");
  expect([asked.code, asked.stdout]).toEqual([
    0,
    expect.stringMatching(/^Would retire .* Repeat with --yes/),
  ]);
  expect(JSON.stringify(await server.call("get_session", { sessionId: session(first) }))).toContain(
    '"sealed":true',
  );
  const retired = await evalwright("dataset", "retire-holdout", "orders", "--yes");
  expect(retired.stdout).toContain(`Retired the holdout of orders: ${sealed.length} examples`);
  expect((await evalwright("dataset", "retire-holdout", "orders", "--yes")).stdout).toContain(
    "is retired since",
  );

  expect(JSON.stringify(await server.call("get_session", { sessionId: session(first) }))).toContain(
    canary(first),
  );
  expect(seenIn(JSON.stringify(await shownOf("orders")))).toHaveLength(COUNT);
  const record = await server.call("get_record", { kind: "dataset", id: "orders" });
  expect(record).toMatchObject({ holdoutRetired: expect.any(String) });
  expect(record).not.toHaveProperty("omitted");
  const exported = await evalwright("dataset", "export", "orders");
  expect(seenIn(exported.stdout)).toHaveLength(COUNT);
  expect(exported.stderr).toContain("0 holdout examples are sealed");
  // It can be edited like any other now.
  const id = String((await shownOf("orders")).find(({ split }) => split === "holdout")?.["id"]);
  const edited = await server.call("save_dataset", {
    name: "orders",
    edit: [{ id, expectations: { answer: "Yes." } }],
  });
  expect(edited).toMatchObject({ changes: { edited: 1 } });
});
