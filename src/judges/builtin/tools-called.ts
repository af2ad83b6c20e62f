import { z } from "zod";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import { codeJudge, decided, quoted, share, unscored } from "../code-judge.ts";
import { expectedValue } from "../subject.ts";
import { callNames, callsObserved, ExpectedCalls } from "../tool-calls.ts";

const names = z.array(z.string().min(1).max(200)).min(1).max(200);

const unseen = () => unscored("input_missing", "no tool calls and no steps were recorded");

function expectedNames(
  item: JudgedItem,
  tools: readonly string[] | undefined,
  expectation: string,
): readonly string[] | undefined {
  if (tools) return tools;
  const calls = ExpectedCalls.safeParse(expectedValue(item, { expectation })).data;
  return calls && [...new Set(calls.map(({ name }) => name))];
}

const timesCalled = (item: JudgedItem, name: string): number =>
  item.toolCalls.filter((call) => call.name === name).length;

/** Share of the named tools that were called as often as asked (`match: all`), or whether one was (`any`). */
export const toolCalled = codeJudge({
  name: "tool_called",
  summary: "The agent called the named tools, or one of them.",
  revision: 1,
  level: "trace",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    /** Instead of the names in the example's own expectation. */
    tools: names.optional(),
    expectation: z.string().min(1).max(80).default("toolCalls"),
    match: z.enum(["all", "any"]).default("all"),
    /** Each of them at least this often, */
    minTimes: z.int().min(1).default(1),
    /** and at most this often. */
    maxTimes: z.int().min(1).optional(),
  }),
  otherNames: { deepeval: "ToolCorrectnessMetric", promptfoo: "trajectory:tool-used, skill-used" },
  judge(item, params) {
    const tools = expectedNames(item, params.tools, params.expectation);
    if (!tools)
      return unscored("expectation_missing", `no tool calls in expectation "${params.expectation}"`);
    if (!callsObserved(item)) return unseen();
    const called = tools.filter((name) => {
      const times = timesCalled(item, name);
      return times >= params.minTimes && times <= (params.maxTimes ?? Number.POSITIVE_INFINITY);
    });
    const rationale = `${called.length} of ${tools.length} as asked; called: ${callNames(item.toolCalls)}`;
    return params.match === "any"
      ? decided(called.length > 0 || tools.length === 0, rationale)
      : share(called.length, tools.length, rationale);
  },
});

export const toolNotCalled = codeJudge({
  name: "tool_not_called",
  summary: "The agent called none of the named tools.",
  revision: 1,
  level: "trace",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    /** Instead of the names in the example's own expectation. */
    tools: names.optional(),
    expectation: z.string().min(1).max(80).default("forbiddenTools"),
  }),
  otherNames: { promptfoo: "not-trajectory:tool-used" },
  judge(item, params) {
    const tools = expectedNames(item, params.tools, params.expectation);
    if (!tools)
      return unscored("expectation_missing", `no tool names in expectation "${params.expectation}"`);
    if (!callsObserved(item)) return unseen();
    const called = item.toolCalls.filter((call) => tools.includes(call.name));
    return decided(called.length === 0, called.length === 0 ? "none called" : `called ${callNames(called)}`);
  },
});

/** Names in a list of tool definitions, as OpenAI, Anthropic, MCP and Gemini write them. */
function definedTools(definitions: Json): readonly string[] {
  if (!Array.isArray(definitions)) return [];
  return definitions.flatMap((definition) => {
    if (!isJsonObject(definition)) return [];
    const several = definition["functionDeclarations"] ?? definition["function_declarations"];
    if (several !== undefined) return definedTools(several);
    const inner = definition["function"];
    const name = isJsonObject(inner) ? inner["name"] : definition["name"];
    return typeof name === "string" ? [name] : [];
  });
}

/** Share of the calls made that were of allowed tools; without a list, of tools that the agent was given. */
export const toolsAllowed = codeJudge({
  name: "tools_allowed",
  summary: "The agent called only allowed tools; without a list, only tools that it had (none made up).",
  revision: 1,
  level: "trace",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    /** Instead of the tools that the agent was given. */
    tools: names.optional(),
  }),
  otherNames: { deepeval: "ToolPermissionMetric" },
  judge(item, params) {
    const allowed = params.tools ?? definedTools(item.tools);
    if (allowed.length === 0) return unscored("input_missing", "the agent's tools were not recorded");
    if (!callsObserved(item)) return unseen();
    const others = item.toolCalls.filter((call) => !allowed.includes(call.name));
    const total = item.toolCalls.length;
    return share(
      total - others.length,
      total,
      others.length === 0 ? `${total} calls, all allowed` : `not allowed: ${quoted(callNames(others))}`,
    );
  },
});
