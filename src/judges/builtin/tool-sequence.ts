import { z } from "zod";
import type { JudgedItem } from "../../model/judged-item.ts";
import { codeJudge, unscored } from "../code-judge.ts";
import type { CodeFinding } from "../definition.ts";
import { expectedValue } from "../subject.ts";
import {
  ArgumentsMode,
  callNames,
  callsObserved,
  ExpectedCalls,
  f1,
  isExpectedCall,
  largestMatching,
  longestInOrder,
} from "../tool-calls.ts";

const callParams = {
  /** Instead of the example's own expectation: `[{name, arguments?}]` or names. */
  expected: z
    .array(
      z.union([
        z.string().min(1),
        z.strictObject({ name: z.string().min(1), arguments: z.json().optional() }),
      ]),
    )
    .max(1_000)
    .optional(),
  /** Which expectation of the example holds the calls. */
  expectation: z.string().min(1).max(80).default("toolCalls"),
};

const Mode = z.enum(["exact", "ordered", "unordered", "subset", "superset"]);
type Mode = z.infer<typeof Mode>;

function judgeCalls(
  item: JudgedItem,
  params: { readonly expected?: unknown; readonly expectation: string; readonly arguments: ArgumentsMode },
  mode: Mode,
): CodeFinding {
  const raw = params.expected ?? expectedValue(item, { expectation: params.expectation });
  const expected = ExpectedCalls.safeParse(raw).data;
  if (!expected)
    return unscored(
      "expectation_missing",
      `expectation "${params.expectation}" is no list of {name, arguments?}`,
    );
  if (!callsObserved(item)) return unscored("input_missing", "no tool calls and no steps were recorded");
  const calls = item.toolCalls;
  const matches = (i: number, j: number): boolean => {
    const [actual, wanted] = [calls[i], expected[j]];
    return actual !== undefined && wanted !== undefined && isExpectedCall(actual, wanted, params.arguments);
  };
  const pair = mode === "exact" || mode === "ordered" ? longestInOrder : largestMatching;
  const matched = pair(calls.length, expected.length, matches);
  const value = {
    exact: f1(matched, calls.length, expected.length),
    unordered: f1(matched, calls.length, expected.length),
    ordered: expected.length === 0 ? 1 : matched / expected.length,
    superset: expected.length === 0 ? 1 : matched / expected.length,
    subset: calls.length === 0 ? 1 : matched / calls.length,
  }[mode];
  return {
    value,
    rationale: `${matched} of ${expected.length} expected calls matched; called: ${callNames(calls)}; expected: ${callNames(expected)}`,
  };
}

/**
 * The tool calls against the expected ones. Passing is a value of 1, whose meaning is the mode's:
 * - `exact`: the same calls in the same order; value F1 over the longest common subsequence
 * - `ordered`: all expected calls in this order, others between them allowed; value the share of them found in order
 * - `unordered`: the same calls in any order; value F1 over the largest pairing
 * - `superset`: at least the expected calls, in any order; value the share of them found (recall)
 * - `subset`: no call but expected ones; value the share of the calls made that were expected (precision)
 *
 * Each expected call pairs with at most one made. Names of modes as in agentevals' trajectory match, of which
 * `strict` is `exact` here.
 */
export const toolSequence = codeJudge({
  name: "tool_sequence",
  summary:
    "The agent's tool calls are the expected ones: exactly, in order, in any order, at least or at most.",
  revision: 1,
  level: "trace",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    ...callParams,
    mode: Mode.default("exact"),
    arguments: ArgumentsMode.default("exact"),
  }),
  otherNames: {
    deepeval: "ToolCorrectnessMetric",
    ragas: "ToolCallAccuracy",
    promptfoo: "trajectory:tool-sequence, trajectory:tool-args-match",
    openevals: "create_trajectory_match_evaluator (agentevals)",
  },
  judge: (item, params) => judgeCalls(item, params, params.mode),
});

/** F1 of the calls made and the calls expected, each counted as often as it occurs, in any order. */
export const toolCallF1 = codeJudge({
  name: "tool_call_f1",
  summary: "F1 of the agent's tool calls and the expected ones, in any order.",
  revision: 1,
  level: "trace",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({ ...callParams, arguments: ArgumentsMode.default("exact") }),
  otherNames: { ragas: "ToolCallF1", promptfoo: "tool-call-f1" },
  judge: (item, params) => judgeCalls(item, params, "unordered"),
});
