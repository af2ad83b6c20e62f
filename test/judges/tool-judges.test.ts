import { describe, expect, it } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { call, item, outcome, run, verdict } from "./item.ts";

const MISSING = "unscored expectation_missing";

const find = call("find_order", { id: 7 });
const refund = call("refund", { id: 7, amount: 5 });
const mail = call("send_mail", {});
const want = (name: string, args?: Json) => (args === undefined ? { name } : { name, arguments: args });

/** [params, calls made, calls expected, value] */
type Row = readonly [Record<string, Json>, readonly (typeof find)[], Json, number | string];

describe("tool_sequence", () => {
  const both = [want("find_order", { id: 7 }), want("refund", { id: 7, amount: 5 })];
  it.each<Row>([
    [{}, [find, refund], both, 1],
    [{}, [refund, find], both, 0.5],
    [{}, [find, mail, refund], both, 0.8],
    [{}, [find], both, 2 / 3],
    [{}, [], both, 0],
    [{}, [], [], 1],
    [{}, [mail], [], 0],
    [{ mode: "ordered" }, [find, mail, refund], both, 1],
    [{ mode: "ordered" }, [refund, find], both, 0.5],
    [{ mode: "ordered" }, [mail], [], 1],
    [{ mode: "unordered" }, [refund, find], both, 1],
    [{ mode: "unordered" }, [refund, find, mail], both, 0.8],
    [{ mode: "superset" }, [mail, refund, find], both, 1],
    [{ mode: "superset" }, [mail, refund], both, 0.5],
    [{ mode: "subset" }, [refund], both, 1],
    [{ mode: "subset" }, [], both, 1],
    [{ mode: "subset" }, [refund, mail], both, 0.5],
    [{ mode: "subset" }, [refund, refund], both, 0.5],
    [{}, [call("refund", { amount: 5, id: 7 })], [want("refund", { id: 7, amount: 5 })], 1],
    [{}, [call("refund", '{"amount": 5, "id": 7}')], [want("refund", { id: 7, amount: 5 })], 1],
    [{}, [refund], [want("refund", { id: 7 })], 0],
    [{ arguments: "subset" }, [refund], [want("refund", { id: 7 })], 1],
    [{ arguments: "subset" }, [call("set", { a: { b: 1, c: 2 } })], [want("set", { a: { b: 1 } })], 1],
    [{ arguments: "subset" }, [refund], [want("refund", { id: 8 })], 0],
    [{ arguments: "ignored" }, [refund], [want("refund", { id: 8 })], 1],
    [{}, [refund], [want("refund")], 1],
    [{}, [refund], ["refund"], 1],
    [{}, [call("ping", null)], [want("ping", {})], 1],
    // The largest pairing: first come, first served would find only one.
    [
      { mode: "unordered", arguments: "subset" },
      [call("set", { a: 1, b: 2 }), call("set", { a: 1 })],
      [want("set", { a: 1 }), want("set", { a: 1, b: 2 })],
      1,
    ],
    [{}, [refund], "refund", MISSING],
    [{}, [refund], [{ tool: "refund" }], MISSING],
    [{}, [refund], null, MISSING],
    [{ expected: ["refund"] }, [refund], null, 1],
  ])("%j %j against %j: %s", async (params, toolCalls, expected, value) => {
    const found = await outcome("tool_sequence", params, {
      toolCalls,
      expectations: { toolCalls: expected },
    });
    if (typeof value === "number") expect(found).toBeCloseTo(value, 12);
    else expect(found).toBe(value);
  });

  // README of langchain-ai/agentevals, "Agent trajectory match": the same trajectory in each of its modes
  it.each<[string, readonly string[], readonly string[], boolean]>([
    ["exact", ["get_weather"], ["get_weather", "accuweather_forecast"], false],
    ["unordered", ["get_weather", "get_fun_activities"], ["get_fun_activities", "get_weather"], true],
    ["superset", ["get_weather", "accuweather_forecast"], ["get_weather"], true],
    ["subset", ["get_weather", "accuweather_forecast"], ["get_weather"], false],
  ])("%s: %j against %j passes: %s", async (mode, made, expected, pass) => {
    const params = { mode, arguments: "ignored", expected: [...expected] };
    const judged = item({ toolCalls: made.map((name) => call(name)) });
    expect((await verdict({ name: "tool_sequence", params }, judged)).pass).toBe(pass);
  });
});

describe("tool_call_f1", () => {
  it.each<Row>([
    [{}, [find, mail], ["find_order", "refund"], 0.5],
    [{}, [find, refund], ["refund", "find_order"], 1],
    [{}, [find, find], ["find_order"], 2 / 3],
    [{ arguments: "exact" }, [find], [want("find_order", { id: 8 })], 0],
    [{ arguments: "ignored" }, [find], [want("find_order", { id: 8 })], 1],
    [{}, [], [], 1],
  ])("%j %j against %j: %s", async (params, toolCalls, expected, value) => {
    const found = await outcome("tool_call_f1", params, { toolCalls, expectations: { toolCalls: expected } });
    expect(found).toBeCloseTo(Number(value), 12);
  });
});

describe("tool_called, tool_not_called and tools_allowed", () => {
  const tools = [
    { type: "function", function: { name: "find_order" } },
    { name: "refund", input_schema: {} },
    { functionDeclarations: [{ name: "send_mail" }] },
  ];
  it.each<[string, Record<string, Json>, readonly (typeof find)[], Record<string, Json>, number | string]>([
    ["tool_called", { tools: ["refund"] }, [find, refund], {}, 1],
    ["tool_called", { tools: ["refund", "send_mail"] }, [find, refund], {}, 0.5],
    ["tool_called", { tools: ["refund", "send_mail"], match: "any" }, [find, refund], {}, 1],
    ["tool_called", { tools: ["refund"] }, [], {}, 0],
    ["tool_called", { tools: ["refund"], minTimes: 2 }, [refund], {}, 0],
    ["tool_called", { tools: ["refund"], maxTimes: 1 }, [refund, refund], {}, 0],
    ["tool_called", {}, [refund], { toolCalls: [{ name: "refund", arguments: { id: 1 } }] }, 1],
    ["tool_called", {}, [refund], {}, MISSING],
    ["tool_not_called", { tools: ["refund"] }, [find], {}, 1],
    ["tool_not_called", { tools: ["refund"] }, [find, refund], {}, 0],
    ["tool_not_called", {}, [find], { forbiddenTools: ["find_order"] }, 0],
    ["tool_not_called", {}, [find], {}, MISSING],
    ["tools_allowed", { tools: ["find_order"] }, [find, refund], {}, 0.5],
    ["tools_allowed", { tools: ["find_order"] }, [], {}, 1],
    ["tools_allowed", {}, [find, refund, mail], {}, 1],
    ["tools_allowed", {}, [find, call("invented")], {}, 0.5],
  ])("%s %j of %j with %j: %s", async (name, params, toolCalls, expectations, value) => {
    expect(await outcome(name, params, { toolCalls, expectations, tools })).toBe(value);
  });

  it("tools_allowed cannot tell without a list and without the agent's tools", async () => {
    expect(await outcome("tools_allowed", {}, { toolCalls: [find] })).toBe("unscored input_missing");
  });

  it.each(["tool_called", "tool_not_called", "tools_allowed"])(
    "%s: nothing seen of a run that was not observed is not nothing called",
    async (name) => {
      const judged = { toolCalls: [], run: { ...run, steps: null, innerErrors: null } };
      expect(await outcome(name, { tools: ["refund"] }, judged)).toBe("unscored input_missing");
    },
  );
});

describe("measures of the run", () => {
  const of = (facts: Partial<typeof run>) => ({ run: { ...run, ...facts } });
  it.each<[string, Record<string, Json>, Partial<typeof run>, number | string]>([
    ["latency", {}, {}, 1_200],
    ["latency", {}, { durationMs: null }, "unscored input_missing"],
    ["cost", {}, {}, 0.002],
    ["cost", {}, { costUsd: null }, "unscored input_missing"],
    ["cost", {}, { costUsd: 0 }, 0],
    ["tokens", {}, {}, 120],
    ["tokens", { count: "output" }, {}, 20],
    ["tokens", {}, { inputTokens: null }, "unscored input_missing"],
    ["tokens", { count: "output" }, { inputTokens: null }, 20],
    ["steps", {}, {}, 3],
    ["no_errors", {}, {}, 1],
    ["no_errors", {}, { innerErrors: 1 }, 0],
    ["no_errors", { maxErrors: 1 }, { innerErrors: 1 }, 1],
    ["no_errors", {}, { innerErrors: null, steps: null }, "unscored input_missing"],
  ])("%s %j of %j: %s", async (name, params, facts, value) => {
    expect(await outcome(name, params, of(facts))).toBe(value);
  });

  it("no_errors counts tool results that say so", async () => {
    const toolCalls = [call("refund", {}, { isError: true })];
    expect(await outcome("no_errors", {}, { toolCalls, ...of({ innerErrors: null }) })).toBe(0);
  });

  it("pass only by a threshold: at most", async () => {
    expect(await verdict("latency", item())).toMatchObject({ value: 1_200, pass: null });
    expect(await verdict({ name: "latency", threshold: 1_200 }, item())).toMatchObject({ pass: true });
    expect(await verdict({ name: "latency", threshold: 1_199 }, item())).toMatchObject({ pass: false });
    const slow = { name: "latency", threshold: 1_199, negate: true };
    expect(await verdict(slow, item())).toMatchObject({ value: 1_200, pass: true });
  });
});
