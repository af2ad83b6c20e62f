import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMPARISONS } from "../../src/filter/field-types.ts";
import { FIELDS } from "../../src/filter/fields.ts";
import { MINUTE_US, NOW_US, openSearchFixture, traceIdOf } from "./search-fixture.ts";

const HOUR_US = 60 * MINUTE_US;

let store: ReturnType<typeof openSearchFixture>;

/**
 * a: failed refund in session s1, rich. b: a good one in s1. c: alone, with almost nothing. d: never rolled up.
 * e: of another project.
 */
beforeAll(() => {
  store = openSearchFixture();
  store.addSession("s1", {
    turns: 2,
    status: "error",
    duration_us: 3 * MINUTE_US,
    cost_usd: 0.5,
    input_tokens: 900,
    output_tokens: 100,
    errors: 2,
    user_id: "u1",
    tags: JSON.stringify({ reward: "0.5", 'odd "key"': "yes" }),
    start_us: NOW_US - 2 * HOUR_US,
    end_us: NOW_US,
    input_preview: "I want 100% back",
    models: '["gpt-5-mini"]',
  });
  store.addTrace({
    session: "s1",
    row: {
      name: "a",
      status: "error",
      service: "svc",
      start_us: NOW_US - 2 * HOUR_US,
      end_us: NOW_US - 2 * HOUR_US + 20_000_000,
      duration_us: 20_000_000,
      user_id: "u1",
      release: "1.4",
      commit_sha: "9f2c1e",
      cost_usd: 0.06,
      input_tokens: 12_000,
      output_tokens: 300,
      cache_read_tokens: 7,
      reasoning_tokens: 9,
      spans: 3,
      llm_calls: 1,
      tool_calls: 1,
      errors: 2,
      input_preview: "I want 100% back",
      output_preview: "Sorry_no",
      error_preview: "Card 4711 declined",
      models: '["gpt-5-mini"]',
      prompts: '[{"name":"support","version":"7"}]',
      tags: '{"release":"1.4"}',
      findings: '[{"code":"truncated_json","detail":"x"}]',
    },
    facets: [
      ["model", "gpt-5-mini"],
      ["tool", "refund"],
      ["tool", "lookup"],
      ["agent", "triage"],
      ["service", "svc"],
      ["prompt", "support"],
      ["prompt", "support@7"],
      ["kind", "agent"],
      ["kind", "llm"],
      ["kind", "tool"],
      ["finding", "truncated_json"],
      ["error_type", "CardError"],
      ["tag.release", "1.4"],
      ["tag.score", "2.50"],
      ['tag.odd "key"', "it's"],
    ],
    spans: [
      {
        name: "root",
        kind: "agent",
        status: "error",
        status_message: "Card 4711 declined",
        agent_name: "triage",
      },
      {
        name: "chat",
        kind: "llm",
        model: "gpt-5-mini",
        provider: "openai",
        service: "svc",
        finish_reasons: '["length"]',
        time_to_first_token_ms: 900,
        input_tokens: 12_000,
        output_tokens: 300,
        cache_read_tokens: 7,
        reasoning_tokens: 9,
        cost_usd: 0.06,
        end_us: NOW_US + 1_000_000,
        tags: '{"step":"2"}',
        text: "please refund the Müller order",
      },
      {
        name: "execute_tool refund",
        kind: "tool",
        tool_name: "refund",
        status: "error",
        error_type: "CardError",
        text: "order 4711 amount",
        output_text: "card was declined",
      },
    ],
  });
  store.addTrace({
    session: "s1",
    row: {
      name: "b",
      status: "ok",
      service: "svc",
      start_us: NOW_US - HOUR_US,
      end_us: NOW_US,
      duration_us: 2_000_000,
      user_id: "u1",
      cost_usd: 0.01,
      input_tokens: 10,
      spans: 1,
      errors: 0,
    },
    facets: [
      ["tool", "lookup"],
      ["kind", "tool"],
      ["tag.release", "1.5"],
    ],
    spans: [
      { name: "execute_tool lookup", kind: "tool", tool_name: "lookup", output_text: "thank you kindly" },
    ],
  });
  store.addTrace({ row: { name: "c", start_us: NOW_US - 48 * HOUR_US } });
  store.addTrace({ row: { name: "d", start_us: null }, facets: [["tool", "refund"]] });
  store.addTrace({ row: { name: "e", project: 2 } });
  const onA = { trace_id: traceIdOf(1) };
  store.addAssessment({ name: "thumbs", value: "false", source: "end_user", ...onA });
  store.addAssessment({ name: "rating", value: "2", ...onA, span_id: Buffer.alloc(8, 2) });
  store.addAssessment({ name: "rating", value: "5", ...onA, superseded_by: "x" });
  store.addAssessment({ name: "kind", value: '"wrong \\"tool\\""', trace_id: traceIdOf(2) });
  store.addAssessment({ name: "solved", value: "true", session_id: "s1", source: "code" });
  store.addAssessment({ kind: "expectation", name: "answer", value: '"Refund it"', ...onA });
});
afterAll(() => store.close());

const names = (text: string) =>
  store
    .traces(text)
    .items.map((trace) => trace.name)
    .sort()
    .join("");
const sessions = (text: string) => store.sessions(text).items.map((session) => session.sessionId);

describe("fields of traces, both ways", () => {
  test.each([
    ["", "abc"],
    ["status = error", "a"],
    ["status != error", "bc"],
    ["status in (ok, unset)", "bc"],
    ["duration > 10s", "a"],
    ["duration <= 20s", "ab"],
    ["duration = 2000ms", "b"],
    ["duration is null", "c"],
    ["since 24h", "ab"],
    ["until 90m", "ac"],
    ["start < -1d", "c"],
    ["end > -30m", "b"],
    ["name = a", "a"],
    ["name ~ A", "a"],
    ["user = u1", "ab"],
    ["user is not null", "ab"],
    ["release = 1.4", "a"],
    ["release ~ '1.'", "a"],
    ["commit ~ 9F2C", "a"],
    ["cost > $0.05", "a"],
    ["cost <= 0.06", "ab"],
    ["tokens >= 12.3k", "a"],
    ["tokens = 10", "b"],
    ["tokens is null", "c"],
    ["input_tokens > 1k", "a"],
    ["output_tokens = 300", "a"],
    ["cached_tokens = 7", "a"],
    ["reasoning_tokens > 8", "a"],
    ["errors = 2", "a"],
    ["spans in (1, 3)", "ab"],
    ["llm_calls > 0", "a"],
    ["tool_calls > 0", "a"],
    ["input ~ '100% B'", "a"],
    ["input ~ '1_0'", ""],
    ["output ~ sorry_", "a"],
    ["output is null", "bc"],
    ["error = CardError", "a"],
    ["error = 'Card 4711 declined'", "a"],
    ["error ~ DECLINED", "a"],
    ["error is null", "bc"],
    ["session = s1", "ab"],
    ["session != s1", ""],
    ["session ~ S", "ab"],
    ["session is null", "c"],
    ["trace = 00000001", "a"],
    ["trace = 00000001000000010000000100000001", "a"],
    ["trace != 00000001", "bc"],
    ["trace in (00000001, 00000002)", "ab"],
    ["model = gpt-5-mini", "a"],
    ["model ~ 'GPT-5'", "a"],
    ["model is null", "bc"],
    ["tool = refund", "a"],
    ["tool in (refund, lookup)", "ab"],
    ["tool not in (refund)", "bc"],
    ["agent = triage", "a"],
    ["service = svc", "a"],
    ["prompt = support", "a"],
    ["prompt = 'support@7'", "a"],
    ["prompt = 'support@8'", ""],
    ["kind = tool", "ab"],
    ["finding = truncated_json", "a"],
    ["finding is null", "bc"],
    ["tag.release = '1.4'", "a"],
    ["tag.release = 1.4", "a"],
    ["tag.release > 1.4", "b"],
    ["tag.score = 2.5", "a"],
    ["tag.score = '2.5'", ""],
    ["tag.release ~ 1.", "ab"],
    ['tag.\'odd "key"\' = "it\'s"', "a"],
    ["tag.nosuch is null", "abc"],
    ["text ~ refund", "a"],
    ["text ~ 'REFUND the muller ord'", "a"],
    ["text ~ 'the refund'", ""],
    ["text ~ thank", "b"],
    ["feedback.thumbs = false", "a"],
    ["feedback.thumbs = true", ""],
    ["feedback.thumbs(source: human) = false", ""],
    ["feedback.rating < 3", "a"],
    ["feedback.rating > 3", ""],
    ["feedback.rating in (1, 2)", "a"],
    ["feedback.kind = 'wrong \"tool\"'", "b"],
    ["feedback.kind ~ TOOL", "b"],
    ["feedback.solved = true", "ab"],
    ["feedback.solved(source: code) is not null", "ab"],
    ["feedback.rating is null", "bc"],
    ["expectation.answer ~ refund", "a"],
    ["feedback.answer is not null", ""],
    ["session.turns > 1", "ab"],
    ["session.status = error", "ab"],
    ["session.duration = 3m", "ab"],
    ["session.cost >= 0.5", "ab"],
    ["session.tokens = 1000", "ab"],
    ["session.errors > 1", "ab"],
    ["session.tag.reward < 1", "ab"],
    ["session.tag.'odd \"key\"' = yes", "ab"],
  ])("%s", (text, expected) => {
    expect(names(text)).toBe(expected);
    const others = [..."abc"].filter((name) => !expected.includes(name)).join("");
    if (text !== "") expect(names(`NOT (${text})`)).toBe(others);
  });

  test("what is missing is unequal to nothing, and NOT includes it", () => {
    expect(names("user = u1")).toBe("ab");
    expect(names("user != u1")).toBe("");
    expect(names("NOT user = u1")).toBe("c");
    expect(names("tool != refund")).toBe("b");
    expect(names("NOT tool = refund")).toBe("bc");
    expect(names("feedback.rating != 3")).toBe("a");
    expect(names("NOT (user = nobody AND cost > 0)")).toBe("abc");
    expect(names("NOT NOT user = u1")).toBe("ab");
  });

  test("AND, OR and nesting", () => {
    expect(names("tool = refund OR text ~ thank")).toBe("ab");
    expect(names("(tool = refund OR tool = lookup) AND status = ok")).toBe("b");
    expect(names("tool = refund AND NOT status = error")).toBe("");
    expect(names("tool = refund OR cost < 0.02")).toBe("ab");
  });
});

describe("fields of spans: all on one span", () => {
  test.each([
    ["tool = refund AND status = error", "a"],
    ["tool = lookup AND status = error", ""],
    ["kind = llm AND model ~ gpt", "a"],
    ["kind = llm AND status = error", ""],
    ["name ~ lookup", "b"],
    ["duration >= 1s", "a"],
    ["start > -1h AND end is not null", "a"],
    ["time_to_first_token > 800ms", "a"],
    ["provider = openai", "a"],
    ["service = svc", "a"],
    ["agent = triage", "a"],
    ["error = CardError AND kind = tool", "a"],
    ["error ~ 4711 AND kind = tool", ""],
    ["cost > 0.05", "a"],
    ["tokens > 12k", "a"],
    ["input_tokens = 12000 AND output_tokens = 300 AND cached_tokens = 7 AND reasoning_tokens = 9", "a"],
    ["finish_reason = length", "a"],
    ["finish_reason != stop", "a"],
    ["tool.arguments ~ 4711", "a"],
    ["tool.arguments ~ declined", ""],
    ["tool.result ~ declin", "a"],
    ["text ~ muller AND kind = llm", "a"],
    ["text ~ muller AND kind = tool", ""],
    ["tag.step = 2", "a"],
    ["feedback.rating = 2", "a"],
    ["feedback.thumbs = false", ""],
    ["NOT kind = tool", "a"],
  ])("span(%s)", (text, expected) => {
    expect(names(`span(${text})`)).toBe(expected);
    expect(sessions(`span(${text})`)).toEqual(expected === "" ? [] : ["s1"]);
  });
});

describe("sessions", () => {
  test.each([
    ["", true],
    ["status = error AND session.turns = 2", true],
    ["status = ok", false],
    ["duration > 2m", true],
    ["tokens = 1k", true],
    ["user = u1", true],
    ["input ~ back", true],
    ["output is null", true],
    ["session = s1", true],
    ["session = s2", false],
    ["name = a AND name = b", true],
    ["name != a", false],
    ["NOT name = c", true],
    ["release = 1.4", true],
    ["tool = refund AND tool = lookup", true],
    ["model ~ gpt", true],
    ["NOT model ~ gpt", false],
    ["prompt = 'support@7'", true],
    ["finding is null", false],
    ["trace = 00000002", true],
    ["error ~ declined", true],
    ["text ~ thank", true],
    ["text ~ nothing", false],
    ["tag.reward = 0.5", true],
    ["tag.'odd \"key\"' = yes", true],
    ["tag.release = 1.4", false],
    ["feedback.solved = true", true],
    ["feedback.thumbs = false", true],
    ["feedback.thumbs = true", false],
    ["since 3h", true],
    ["since 1h", false],
  ])("%s", (text, matches) => expect(sessions(text)).toEqual(matches ? ["s1"] : []));

  test("its summary", () => {
    expect(store.sessions("").items[0]).toMatchObject({
      projectId: "p",
      sessionId: "s1",
      inferred: false,
      turns: 2,
      status: "error",
      models: ["gpt-5-mini"],
      tags: { reward: "0.5" },
      totals: { inputTokens: 900, costUsd: 0.5, errors: 2, cacheReadTokens: null },
    });
  });
});

test("the summary of a trace", () => {
  expect(store.traces("name = a").items[0]).toMatchObject({
    projectId: "p",
    traceId: "00000001".repeat(4),
    sessionId: "s1",
    sessionInferred: false,
    models: ["gpt-5-mini"],
    prompts: [{ name: "support", version: "7" }],
    commit: "9f2c1e",
    findings: [{ code: "truncated_json", detail: "x" }],
    totals: { inputTokens: 12_000, spans: 3, unpricedCalls: 0 },
  });
});

test("every field and comparison of the catalogue compiles at each of its levels", () => {
  for (const field of FIELDS) {
    const name = field.family ? `${field.name}.k` : field.name;
    for (const op of COMPARISONS[field.type]) {
      const value = field.family && /[<>]/.test(op) ? "1" : field.example.replace(/^.*? [=<>~]+ /, "");
      const condition = `${name} ${op}${op.endsWith("null") ? "" : op === "in" ? ` (${value})` : ` ${value}`}`;
      if (field.levels.includes("trace")) names(condition);
      if (field.levels.includes("session")) sessions(condition);
      if (field.levels.includes("span")) names(`span(${condition})`);
    }
  }
});

describe("hostile text is text", () => {
  const attacks = [
    `'; DROP TABLE trace; --`,
    `" OR 1=1 --`,
    `") OR content_text MATCH ("a`,
    `a* OR b NEAR(c)`,
    `text:refund`,
    `-refund ^refund {refund}`,
    `\\%_`,
    `\u0000refund`,
    `$."x"`,
    `*`.repeat(50),
  ];
  test.each(attacks)("%j", (attack) => {
    const quoted = JSON.stringify(attack);
    for (const field of [
      "name",
      "tool",
      "session",
      "user",
      "error",
      "tag.k",
      "feedback.k",
      "session.tag.k",
    ]) {
      expect(names(`${field} = ${quoted}`)).toBe("");
      expect(names(`${field} in (${quoted}, 'x')`)).toBe("");
      expect(names(`${field} ~ ${quoted}`)).toBe("");
    }
    for (const family of ["tag", "session.tag", "feedback", "expectation"]) {
      expect(names(`${family}.${quoted} = 1`)).toBe("");
      expect(sessions(`${family}.${quoted} is not null`)).toEqual([]);
    }
    if (/[a-z]/.test(attack)) {
      // Signs are no words: only the letters count, and these phrases are nowhere.
      const expected = /^\0refund$/.test(attack) ? "a" : "";
      expect(names(`text ~ ${quoted}`)).toBe(expected);
      expect(names(`span(tool.arguments ~ ${quoted})`)).toBe("");
    }
    expect(names("")).toBe("abc");
  });
});

test("a project that nobody has written to is empty", () => {
  const page = store.search.searchTraces({
    projectId: "new",
    filter: { type: "all" },
    order: "newest",
    limit: 5,
  });
  expect(page).toEqual({ items: [], total: 0, next: null });
});
