import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { COMPARISONS } from "../../src/filter/field-types.ts";
import { FIELDS } from "../../src/filter/fields.ts";
import { seedConversation } from "./search-conversation.ts";
import { openSearchFixture } from "./search-fixture.ts";

let store: ReturnType<typeof openSearchFixture>;
beforeAll(() => {
  store = openSearchFixture();
  seedConversation(store);
});
afterAll(() => store.close());

const names = (text: string) =>
  store
    .traces(text)
    .items.map((trace) => trace.name)
    .sort()
    .join("");
const sessions = (text: string) => store.sessions(text).items.map((session) => session.sessionId);

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
