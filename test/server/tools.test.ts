import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Attached,
  attach,
  listening,
  rowsOf,
  runExampleAgent,
  temporaryHome,
  untrustedOf,
} from "./harness.ts";

// A real client, the built server, the example agent with the official OpenTelemetry SDK.
const home = temporaryHome();
let server: Attached;

beforeAll(async () => {
  server = await attach({ home: home.path });
  await listening(server.httpUrl);
  await runExampleAgent(server.httpUrl);
}, 60_000);

afterAll(async () => {
  await server.close();
  home.remove();
});

describe("search_traces", () => {
  it("lists the eight conversations with their feedback", async () => {
    const answer = await server.call("search_traces", {
      level: "sessions",
      order: "oldest",
      waitSeconds: 10,
    });
    const rows = rowsOf(untrustedOf(answer));
    expect(rows.map((row) => row["id"])).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => `chat-0${n}`));
    expect(rows.map((row) => row["turns"])).toEqual([2, 2, 2, 1, 3, 2, 2, 1]);
    expect(
      rows.filter((row) => String(row["feedback"]).includes("thumbs=false")).map((row) => row["id"]),
    ).toEqual(["chat-03", "chat-05", "chat-07"]);
    expect(answer["page"]).toMatchObject({ returned: 8, total: 8 });
    // Not the error on the way: what the customer was told.
    expect(rows[2]).toMatchObject({
      errors: 4,
      last: "Your refund has been processed. You will see it in a few days.",
    });
  });

  it("filters by feedback, by failed tools and by text", async () => {
    const ids = async (filter: string) =>
      rowsOf(
        untrustedOf(await server.call("search_traces", { level: "sessions", order: "oldest", filter })),
      ).map((row) => row["id"]);
    expect(await ids("feedback.thumbs = false")).toEqual(["chat-03", "chat-05", "chat-07"]);
    expect(await ids('span(tool.name = "issue_refund" AND status = error)')).toEqual(["chat-03"]);
    expect(await ids('text ~ "espresso"')).toEqual(["chat-03"]);
  });

  it("pages with a cursor until every trace was shown once", async () => {
    const seen: unknown[] = [];
    let cursor: string | undefined;
    do {
      const answer = await server.call("search_traces", { limit: 4, ...(cursor ? { cursor } : {}) });
      seen.push(...rowsOf(untrustedOf(answer)).map((row) => row["id"]));
      const page = answer["page"];
      cursor =
        page && typeof page === "object" && "next" in page && typeof page["next"] === "string"
          ? page["next"]
          : undefined;
    } while (cursor);
    expect(seen).toHaveLength(15);
    expect(new Set(seen).size).toBe(15);
  });

  it("says where data is when nothing matches", async () => {
    const answer = await server.call("search_traces", { filter: "cost > 100" });
    expect(answer).toMatchObject({ empty: { project: "test", tracesInProject: 15 }, page: { returned: 0 } });
  });

  it("leads from failed runs, of which there are none, to those with a failed step inside", async () => {
    const filter = "status = error AND since 24h";
    const inside = "errors > 0 AND since 24h";
    for (const level of ["traces", "sessions"]) {
      const answer = await server.call("search_traces", { filter, level });
      expect(answer["next"]).toMatchObject([{ arguments: { filter: inside, level } }]);
    }
    const summary = await server.call("summarize_traces", { filter });
    expect(summary["next"]).toMatchObject([{ tool: "summarize_traces", arguments: { filter: inside } }]);
    expect(await server.call("summarize_traces", { filter: inside })).toMatchObject({
      totals: { traces: 4 },
    });
    expect(await server.call("search_traces", { filter: `${filter} AND cost > 100` })).not.toHaveProperty(
      "next",
    );
  });

  it("answers a wrong filter with what is allowed", async () => {
    expect(await server.fail("search_traces", { filter: "stauts = error" })).toMatch(
      /^invalid_input: .*status/,
    );
    expect(await server.fail("search_traces", { filter: "status = broken" })).toMatch(/error/);
    expect(await server.fail("search_traces", { cursor: "nonsense" })).toMatch(/^invalid_input: /);
  });

  it("refuses unknown arguments and names those that exist", async () => {
    expect(await server.fail("search_traces", { filters: "x" })).toMatchInlineSnapshot(
      `"invalid_input: unknown argument "filters" (did you mean "filter"?). search_traces takes: filter, level, order, limit, cursor, waitSeconds, maxTokens, project."`,
    );
  });

  it("says what an argument must be in words, and what it is for", async () => {
    const given = { dataset: "d", judges: ["latency"], prompts: ["system=support@1"] };
    expect(await server.fail("run_evaluation", given)).toMatch(
      /^invalid_input: "prompts" must be an object, not a list\. prompts: .*\{its name: NAME@VERSION\}/,
    );
  });

  it("refuses an unknown project with those that exist", async () => {
    expect(await server.fail("search_traces", { project: "nobody" })).toMatch(
      /^invalid_input: No project "nobody"\. Projects: test\.$/,
    );
  });
});

describe("get_session", () => {
  it("shows the refund that failed three times and was claimed", async () => {
    const answer = await server.call("get_session", { sessionId: "chat-03" });
    const text = JSON.stringify(untrustedOf(answer));
    expect(text.match(/payment gateway timeout/g)?.length).toBeGreaterThanOrEqual(3);
    expect(text).toContain("Your refund has been processed");
    expect(text).toContain("Are you sure? My bank shows nothing");
  });

  it("finds places in it", async () => {
    const answer = await server.call("get_session", { sessionId: "chat-05", find: "human" });
    expect(JSON.stringify(untrustedOf(answer))).toMatch(/human/);
  });

  it("says what to do about an unknown id", async () => {
    expect(await server.fail("get_session", { sessionId: "chat-99" })).toMatch(
      /^not_found: No session "chat-99".*search_traces/,
    );
  });
});

describe("get_trace", () => {
  const failing = async () =>
    String(
      rowsOf(
        untrustedOf(
          await server.call("search_traces", {
            filter: 'span(tool = "issue_refund" AND status = error)',
            order: "oldest",
          }),
        ),
      )[0]?.["id"],
    );

  it("shows the tree with the failed calls", async () => {
    const digest = JSON.stringify(untrustedOf(await server.call("get_trace", { traceId: await failing() })));
    expect(digest).toContain("issue_refund");
    expect(digest).toContain("payment gateway timeout");
    expect(digest.length).toBeLessThan(8_200);
  });

  it("shows one span whole, and one field of it", async () => {
    const traceId = await failing();
    const found = await server.call("get_trace", { traceId, find: "payment gateway" });
    const { nonce: _, ...hits } = untrustedOf(found);
    const spanId = /"([0-9a-f]{8,16})"/.exec(JSON.stringify(hits))?.[1] ?? "";
    expect(JSON.stringify(await server.call("get_trace", { traceId, spanId }))).toContain("1003");
    const attributes = await server.call("get_trace", { traceId, spanId, field: "attributes" });
    expect(JSON.stringify(attributes)).toContain("gen_ai.");
  });
});

describe("summarize_traces", () => {
  it("counts failures, tools and feedback", async () => {
    const answer = await server.call("summarize_traces", { filter: "since 1h" });
    expect(answer["totals"]).toMatchObject({ traces: 15, sessions: 8 });
    const tools = rowsOf(untrustedOf(answer)["tools"]);
    expect(tools.find((row) => row["tool"] === "issue_refund")).toMatchObject({ calls: 5, errors: 4 });
    const thumbs = rowsOf(untrustedOf(answer)["feedback"])[0];
    expect(thumbs).toMatchObject({ name: "thumbs", source: "end_user", n: 6, mean: 0.5 });
  });

  it("sets two windows side by side", async () => {
    const answer = await server.call("summarize_traces", {
      filter: "feedback.thumbs = false",
      compareTo: "feedback.thumbs = true",
    });
    expect(answer["totals"]).toMatchObject({ sessions: 3 });
    expect(answer["comparedTo"]).toMatchObject({ sessions: 3 });
  });
});

describe("query_sql", () => {
  it("counts by tool", async () => {
    const answer = await server.call("query_sql", {
      sql: "SELECT tool_name, count(*) AS calls FROM spans WHERE kind = 'tool' GROUP BY 1 ORDER BY 1",
    });
    expect(rowsOf(untrustedOf(answer))).toEqual([
      { tool_name: "issue_refund", calls: 5 },
      { tool_name: "lookup_order", calls: 8 },
      { tool_name: "search_policy", calls: 2 },
    ]);
  });

  it("cuts long texts before it leaves out rows, and counts what it cut", async () => {
    const answer = await server.call("query_sql", {
      sql: "SELECT value AS n, replace(printf('%9000s', ''), ' ', 'é') AS text FROM json_each('[1,2,3]')",
    });
    const rows = rowsOf(untrustedOf(answer));
    expect(rows.map((row) => row["n"])).toEqual([1, 2, 3]);
    const shown = rows.map((row) => /^(é+)…\+(\d+)$/.exec(String(row["text"])));
    for (const match of shown) expect((match?.[1] ?? "").length + Number(match?.[2])).toBe(9_000);
    const cutChars = shown.reduce((sum, match) => sum + Number(match?.[2]), 0);
    expect(answer["omitted"]).toEqual([
      expect.objectContaining({ kind: "characters of cells", count: cutChars }),
    ]);
    expect(answer["page"]).toMatchObject({ returned: 3, total: 3 });
  });

  it("documents its views when asked for nothing", async () => {
    const answer = JSON.stringify(await server.call("query_sql"));
    for (const view of ["traces", "spans", "sessions", "assessments", "messages"])
      expect(answer).toContain(view);
  });

  it("refuses what is no read", async () => {
    expect(await server.fail("query_sql", { sql: "DROP TABLE trace" })).toMatch(/^(invalid_input|refused): /);
  });
});

describe("record_feedback", () => {
  it("says what a value may be, and what is missing", async () => {
    const items = [{ sessionId: "chat-03", name: "thumbs", value: { up: true } }];
    expect(await server.fail("record_feedback", { items })).toContain(
      '"items.0.value": Invalid input: expected true or false, a number, or text',
    );
    expect(await server.fail("record_feedback", {})).toContain('"items" is missing (array)');
  });

  it("keeps a conclusion, once for one key", async () => {
    const items = [
      {
        sessionId: "chat-03",
        name: "failure_kind",
        value: "claims success after failure",
        rationale: "see issue_refund",
      },
    ];
    const first = await server.call("record_feedback", { items, idempotencyKey: "k1" });
    const again = await server.call("record_feedback", { items, idempotencyKey: "k1" });
    expect(again).toMatchObject({ repeated: true, ids: first["ids"] ?? [] });
    expect(
      await server.fail("record_feedback", {
        items: [{ sessionId: "chat-03", name: "x", value: 1 }],
        idempotencyKey: "k1",
      }),
    ).toMatch(/^idempotency_conflict: /);
    const listed = await server.call("search_traces", {
      level: "sessions",
      filter: "feedback.failure_kind is not null",
    });
    expect(rowsOf(untrustedOf(listed)).map((row) => row["id"])).toEqual(["chat-03"]);
  });

  it("takes all items or none", async () => {
    const items = [
      { sessionId: "chat-01", name: "all_or_none", value: true },
      { traceId: "abcdef", name: "all_or_none", value: true },
    ];
    expect(await server.fail("record_feedback", { items })).toMatch(/^not_found: .*items\[1\]/);
    const listed = await server.call("search_traces", {
      level: "sessions",
      filter: "feedback.all_or_none = true",
    });
    expect(listed).toMatchObject({ page: { returned: 0 } });
  });

  it("accepts a trace that has not arrived", async () => {
    const items = [{ traceId: "0123456789abcdef0123456789abcdef", name: "early", value: 5 }];
    expect(await server.call("record_feedback", { items })).toMatchObject({
      recorded: 1,
      targetsNotArrivedYet: 1,
    });
  });

  it("redacts credentials before storage", async () => {
    const key = `ghp_${"aB3dE5fG7hI9".repeat(3)}`;
    await server.call("record_feedback", {
      items: [{ sessionId: "chat-01", name: "note", rationale: `used ${key} here` }],
    });
    const stored = JSON.stringify(
      await server.call("query_sql", { sql: "SELECT rationale FROM assessments WHERE name = 'note'" }),
    );
    expect(stored).toContain("REDACTED");
    expect(stored).not.toContain(key);
  });
});

describe("get_job and import_traces", () => {
  it("refuses paths that do not exist", async () => {
    expect(await server.fail("import_traces", { paths: ["/nowhere/at/all.jsonl"] })).toMatch(
      /^invalid_input: 1 of 1 paths do not exist/,
    );
  });

  it("says that a job is unknown", async () => {
    expect(await server.fail("get_job", { jobId: "nope" })).toMatch(/^not_found: No job "nope"/);
  });
});
