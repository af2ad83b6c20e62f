import { describe, expect, it } from "vitest";
import type { Need } from "../../src/judges/definition.ts";
import { modelJudges } from "../../src/judges/model/index.ts";
import { missingNeed } from "../../src/judges/needs.ts";
import { JudgeLabel, judgeName } from "../../src/model/judge.ts";
import type { JudgedItem } from "../../src/model/judged-item.ts";
import { judgedItem } from "./item.ts";

describe("model judges", () => {
  it("have names of their own, aliases included", () => {
    const names = modelJudges.flatMap((judge) => [judge.name, ...(judge.aliases ?? [])]);
    expect(names.filter((name) => !judgeName.safeParse(name).success)).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(modelJudges.map((judge) => [judge.name, judge] as const))(
    "%s has a closed menu that both passes and fails",
    (_, judge) => {
      expect(judge.labels.map((label) => JudgeLabel.parse(label).label)).not.toContain("cannot_tell");
      const values = judge.labels.flatMap(({ value }) => (value === null ? [] : [value]));
      expect(Math.max(...values)).toBe(1);
      expect(Math.min(...values)).toBe(0);
      expect(new Set(values).size).toBe(values.length);
      expect(values.some((value) => value < judge.threshold)).toBe(true);
      expect((judge.level === "pair") === (judge.shape === "pair")).toBe(true);
    },
  );

  it("take notes about the agent and refuse parameters that they have not", () => {
    const judge = modelJudges.find(({ name }) => name === "guidelines");
    expect(judge?.params.safeParse({ guidelines: ["Answer in Dutch."], notes: "A bank." }).success).toBe(
      true,
    );
    expect(judge?.params.safeParse({ guidelines: [] }).success).toBe(false);
    expect(judge?.params.safeParse({ guidelines: ["x"], rules: ["y"] }).success).toBe(false);
  });
});

describe("missingNeed", () => {
  it("names what the example lacks before what the run lacks", () => {
    const needs = ["output", "expectations.answer|expectations.facts"] as const;
    expect(missingNeed(judgedItem({}), needs)).toEqual({ need: needs[1], reason: "expectation_missing" });
    expect(missingNeed(judgedItem({ expectations: { facts: ["a"] } }), needs)).toEqual({
      need: "output",
      reason: "input_missing",
    });
    expect(
      missingNeed(judgedItem({ output: "yes", expectations: { answer: "yes" } }), needs),
    ).toBeUndefined();
  });

  it("is content with one alternative of any kind", () => {
    const needs = ["expectations.context|retrievals|toolCalls"] as const;
    expect(missingNeed(judgedItem({}), needs)).toEqual({ need: needs[0], reason: "input_missing" });
    const retrieval = { spanId: null, query: null, documents: [] };
    expect(missingNeed(judgedItem({ retrievals: [retrieval] }), needs)).toBeUndefined();
    expect(missingNeed(judgedItem({ expectations: { context: "a" } }), needs)).toBeUndefined();
  });

  it.each<[Partial<JudgedItem>, Need]>([
    [{ output: " \n" }, "output"],
    [{ expectations: { facts: [] } }, "expectations.facts"],
    [{ expectations: { answer: "" } }, "expectations.answer"],
    [{ state: null }, "state"],
    [{ conversation: [] }, "conversation"],
    [{}, "expectations.toString"],
  ])("takes %j for nothing", (fields, need) => {
    expect(missingNeed(judgedItem(fields), [need])?.need).toBe(need);
  });

  it("takes an empty list of tool calls for an expectation, false and 0 for outputs", () => {
    expect(
      missingNeed(judgedItem({ expectations: { toolCalls: [] } }), ["expectations.toolCalls"]),
    ).toBeUndefined();
    expect(missingNeed(judgedItem({ output: false }), ["output"])).toBeUndefined();
    expect(missingNeed(judgedItem({ output: 0 }), ["output"])).toBeUndefined();
  });
});
