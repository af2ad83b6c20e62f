import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { openConnection } from "../../src/store/sqlite/connection.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import type { Store } from "../../src/store/store.ts";
import { makeExample } from "../store/example-fixtures.ts";
import {
  makeAssessment,
  makeBatch,
  makeConversation,
  makeSpan,
  spanIdOf,
  T0,
  textMessage,
  traceIdOf,
} from "../store/fixtures.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "./harness.ts";

// A real client and the built server; the dataset is saved into the same file beside it.
const CANARY = "QUOKKA";
const SEALED = "sealed-session";
const SECRET_TRACE = traceIdOf(1);
const home = temporaryHome();
let server: Attached;
let store: Store;

/** Three turns whose every text has the canary, the last with a failed tool and its own tags, model and names. */
function sealedSpans() {
  const failed = makeSpan({
    traceId: traceIdOf(3),
    spanId: spanIdOf(30),
    parentSpanId: spanIdOf(3),
    name: `${CANARY} lookup`,
    kind: "tool",
    toolName: `${CANARY}_tool`,
    status: "error",
    errorType: `${CANARY}Error`,
    statusMessage: `${CANARY} is asleep`,
    startUs: T0 + 3_100_000,
    endUs: T0 + 3_200_000,
    sessionId: SEALED,
    tags: { animal: CANARY },
    content: { input: { animal: CANARY }, output: `${CANARY} not found` },
  });
  const turns = makeConversation({ sessionId: SEALED, turns: 3, words: CANARY }).map((span) => ({
    ...span,
    model: `${CANARY}-model`,
    agentName: `${CANARY}-agent`,
    userId: `${CANARY}-user`,
    service: `${CANARY}-service`,
    release: CANARY,
  }));
  return [...turns, failed];
}

beforeAll(async () => {
  server = await attach({ home: home.path });
  // The server makes the file; the same one is opened here.
  await server.call("search_traces");
  store = await openSqliteStore({ path: join(home.path, "evalwright.db") });
  await store.traces.insert([
    makeBatch(
      [
        ...sealedSpans(),
        ...makeConversation({ sessionId: "open-session", turns: 2, firstTrace: 11, words: "open words" }),
        makeSpan({
          traceId: traceIdOf(11),
          spanId: spanIdOf(40),
          parentSpanId: spanIdOf(11),
          status: "error",
          statusMessage: "plain failure",
          startUs: T0 + 11_100_000,
        }),
      ],
      {
        projectId: "test",
        assessments: [
          makeAssessment({ traceId: SECRET_TRACE, name: `${CANARY}_score`, rationale: `${CANARY} said so` }),
          makeAssessment({ sessionId: SEALED, name: "thumbs", value: CANARY }),
          makeAssessment({ traceId: traceIdOf(11), name: "thumbs", value: false }),
        ],
        sessionTags: [{ sessionId: SEALED, tags: { label: CANARY } }],
      },
    ),
  ]);
  // What the test relies on: before sealing, everything below shows it.
  expect(JSON.stringify(await server.call("get_session", { sessionId: SEALED }))).toContain(CANARY);
  const example = makeExample("x", { split: "holdout", origin: { kind: "observed", sessionId: SEALED } });
  await store.records.datasets.save({ projectId: "test", name: "d", hash: "1", note: null }, [example]);
}, 60_000);

afterAll(async () => {
  await server.close();
  await store[Symbol.asyncDispose]();
  home.remove();
});

/** The answer as the client gets it, whole. */
const text = async (tool: string, arguments_: JsonObject) =>
  JSON.stringify(await server.call(tool, arguments_));

const sealedTraces = { kind: "sealed traces", count: 3, how: expect.stringContaining("no filter") };
const sealedSessions = { kind: "sealed sessions", count: 1, how: expect.stringContaining("no filter") };

it("search_traces has no row of it, and says how much is sealed whatever is asked for", async () => {
  const traces = await server.call("search_traces", {});
  expect(rowsOf(untrustedOf(traces))).toHaveLength(2);
  expect(traces["page"]).toMatchObject({ returned: 2, total: 2 });
  expect(traces["omitted"]).toEqual([sealedTraces]);
  const sessions = await server.call("search_traces", { level: "sessions" });
  expect(sessions["omitted"]).toEqual([sealedSessions]);
  expect(JSON.stringify([traces, sessions])).not.toContain(CANARY);
  for (const filter of [
    `text ~ "${CANARY}"`,
    `session = "${SEALED}"`,
    `trace = "${SECRET_TRACE}"`,
    `tool = "${CANARY}_tool"`,
    `span(error ~ "${CANARY}")`,
    `tag.animal = "${CANARY}"`,
    `session.tag.label = "${CANARY}"`,
    `feedback.thumbs = "${CANARY}"`,
    "cost > 1000",
  ]) {
    const answer = await server.call("search_traces", { filter });
    expect([filter, answer["page"]]).toEqual([filter, { returned: 0, total: 0 }]);
    expect([filter, answer["omitted"]]).toEqual([filter, [sealedTraces]]);
    const bySession = await server.call("search_traces", { filter, level: "sessions" });
    expect([filter, bySession["page"]]).toEqual([filter, { returned: 0, total: 0 }]);
  }
});

it("get_trace and get_session say that it is sealed and how large it is, and nothing of it", async () => {
  const trace = { traceId: SECRET_TRACE, sealed: true, spans: 1, why: expect.stringContaining("retires") };
  const session = { sealed: true, turns: 3, spans: 4, why: expect.stringContaining("retires") };
  for (const more of [
    {},
    { find: CANARY },
    { spanId: spanIdOf(1) },
    { spanId: spanIdOf(1), field: "messages" },
  ])
    expect(await server.call("get_trace", { traceId: SECRET_TRACE, ...more })).toEqual(trace);
  for (const more of [{}, { find: "/./" }, { cursor: "rows:1" }])
    expect(await server.call("get_session", { sessionId: SEALED, ...more })).toEqual(session);
  expect(await server.call("get_session", { sessionId: SEALED.slice(0, 8) })).toEqual(session);
});

it("summarize_traces counts without it", async () => {
  const answer = await server.call("summarize_traces", { compareTo: "status = error" });
  expect(answer).toMatchObject({ totals: { traces: 2, sessions: 1 } });
  expect(answer["omitted"]).toContainEqual(sealedTraces);
  expect(JSON.stringify(answer)).toContain("plain failure");
  expect(JSON.stringify(answer)).not.toContain(CANARY);
});

it("query_sql finds nothing of it in any view", async () => {
  const rows = { traces: 2, sessions: 1, spans: 3, messages: 4, assessments: 1 };
  for (const [view, count] of Object.entries(rows)) {
    const answer = await server.call("query_sql", { sql: `SELECT * FROM ${view}`, maxTokens: 20_000 });
    expect([view, rowsOf(untrustedOf(answer)).length]).toEqual([view, count]);
    expect(JSON.stringify(answer)).not.toContain(CANARY);
    expect(JSON.stringify(answer)).not.toContain(SEALED);
    expect(answer["omitted"]).toEqual([sealedTraces]);
  }
});

it("resources tell no more than the tools", async () => {
  for (const uri of [`evalwright://trace/${SECRET_TRACE}`, `evalwright://session/${SEALED}`]) {
    const { contents } = await server.client.readResource({ uri });
    expect(JSON.stringify(contents)).toContain("sealed");
    expect(JSON.stringify(contents)).not.toContain(CANARY);
  }
  const { contents } = await server.client.readResource({ uri: "evalwright://session/open-session" });
  expect(JSON.stringify(contents)).toContain("open words");
});

it("feedback on it is taken and shows nothing", async () => {
  const items = [
    { traceId: SECRET_TRACE, name: "mine", value: 1 },
    { sessionId: SEALED, name: "mine", value: 1 },
  ];
  const answer = await text("record_feedback", { items });
  expect(answer).toContain('"recorded":2');
  expect(answer).not.toContain(CANARY);
});

it("a turn that arrives later is sealed before anybody can read it", async () => {
  const late = makeSpan({
    traceId: traceIdOf(4),
    spanId: spanIdOf(4),
    sessionId: SEALED,
    kind: "llm",
    startUs: T0 + 4_000_000,
    content: { inputMessages: [textMessage("user", `${CANARY} again`)] },
  });
  await store.traces.insert([makeBatch([late], { projectId: "test" })]);
  const answers = await Promise.all([
    text("query_sql", { sql: "SELECT * FROM spans" }),
    text("query_sql", { sql: "SELECT * FROM messages" }),
    text("search_traces", {}),
    text("get_trace", { traceId: traceIdOf(4) }),
  ]);
  for (const answer of answers) expect(answer).not.toContain(CANARY);
  expect(answers[2]).toContain('"kind":"sealed traces","count":4');
});

it("reading notes what was opened, also while another process writes", async () => {
  const { datasets } = store.records;
  const opened = async () =>
    [...(await datasets.opened("test", ["open-session", SEALED, traceIdOf(50)]))].sort();
  const alone = makeSpan({ traceId: traceIdOf(50), spanId: spanIdOf(50), name: "alone" });
  await store.traces.insert([makeBatch([alone], { projectId: "test" })]);
  await store.traces.settle();
  // The sealed session was read before it was sealed; a resource has shown the other; search rows count for nothing.
  expect(await opened()).toEqual(["open-session", SEALED]);
  const other = openConnection(join(home.path, "evalwright.db"));
  other.exec("BEGIN IMMEDIATE");
  expect(await text("get_trace", { traceId: traceIdOf(50) })).toContain("alone");
  expect(await opened()).not.toContain(traceIdOf(50));
  other.exec("COMMIT");
  other.close();
  await expect.poll(opened, { timeout: 10_000 }).toContain(traceIdOf(50));
});

it("labels of sealed sessions do not count, and a calibration says that some are sealed", async () => {
  const items = [SEALED, "open-session"].map((sessionId) => ({ sessionId, name: "solved", value: true }));
  await server.call("record_feedback", { items, source: "human" });
  const dry = { judge: "no_user_caps", labels: "solved", dryRun: true };
  expect(await server.call("calibrate_judge", dry)).toMatchObject({
    items: 1,
    coverage: { labelled: 1 },
    omitted: [sealedSessions],
  });
});

it("is shown again when a person retires the holdout", async () => {
  await store.records.datasets.retireHoldout("test", "d");
  expect(await text("get_session", { sessionId: SEALED })).toContain(CANARY);
  expect(await text("search_traces", { filter: `text ~ "${CANARY}"` })).not.toContain("sealed traces");
});
