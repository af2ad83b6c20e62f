import { describe, expect, it } from "vitest";
import {
  builtinNames,
  describeBuiltin,
  findBuiltin,
  findByOtherName,
  listBuiltins,
  suggestBuiltin,
} from "../../src/judges/catalogue.ts";

const firstOf = (search: string) => listBuiltins(search)[0]?.name;

describe("the catalogue of judges", () => {
  it("names each judge and alias once, and finds it", () => {
    const names = builtinNames();
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(45);
    for (const name of names) expect(findBuiltin(name)?.summary).toMatch(/\S/);
    expect(findBuiltin("faithfulness")?.name).toBe("groundedness");
  });

  it.each([
    ["FaithfulnessMetric", "groundedness"],
    ["where is DeepEval's FaithfulnessMetric here?", "groundedness"],
    ["promptfoo is-json", "json_valid"],
    ["rouge-n", "rouge"],
    ["trajectory:tool-sequence", "tool_sequence"],
    ["ragas ToolCallF1", "tool_call_f1"],
    ["ExactMatchMetric", "exact_match"],
    ["edit distance", "string_distance"],
    ["refusal", "no_refusal"],
    ["profanity", "no_user_profanity"],
    ["RelevanceToQuery", "relevance"],
    ["G-Eval", "guidelines"],
  ])("%s is %s here", (search, name) => {
    expect(firstOf(search)).toBe(name);
  });

  it("lists all without a search, and nothing for what no judge is about", () => {
    expect(listBuiltins().length).toBe(new Set(builtinNames().map((name) => findBuiltin(name)?.name)).size);
    expect(listBuiltins("xyzzy")).toEqual([]);
  });

  it.each([
    ["exact_mach", "exact_match"],
    ["correctnes", "correctness"],
    ["AnswerRelevancyMetric", "relevance"],
    ["is-refusal", "no_refusal"],
    ["refusal", "no_refusal"],
    ["qwertyuiop", undefined],
  ])("suggests for %s: %s", (name, suggestion) => {
    expect(suggestBuiltin(name)).toBe(suggestion);
  });

  it("finds another library's names in any spelling", () => {
    expect(findByOtherName("tool call f1")?.name).toBe("tool_call_f1");
    expect(findByOtherName("JsonCorrectness")?.name).toBe("json_schema");
    expect(findByOtherName("")).toBeUndefined();
  });

  it("describes what each judge takes as JSON Schema", () => {
    for (const name of builtinNames()) {
      const judge = findBuiltin(name);
      if (judge)
        expect(describeBuiltin(judge).params).toMatchObject({ type: "object", additionalProperties: false });
    }
    const regex = findBuiltin("regex");
    expect(regex && describeBuiltin(regex)).toMatchObject({
      kind: "code",
      threshold: 1,
      bounded: true,
      goal: "higher",
      labels: [],
      params: { properties: { pattern: { type: "string" }, flags: { default: "" } } },
    });
  });
});
