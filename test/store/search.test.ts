import { afterAll, beforeAll, describe, expect, test } from "vitest";
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
