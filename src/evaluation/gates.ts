import { invalidInput } from "../errors.ts";
import type { EvaluationSummary, JudgeSummary } from "../model/estimate.ts";
import { rounded } from "./words.ts";

/** `correctness >= 0.9`: the bound of the 95 % interval that is less favourable; `estimate:` before it the mean itself. */
export interface Gate {
  readonly text: string;
  readonly judge: string;
  readonly operator: ">=" | ">" | "<=" | "<";
  readonly value: number;
  readonly estimate: boolean;
}

/** `unmeasured`: what is known does not allow to say. */
export interface GateResult {
  readonly gate: Gate;
  readonly outcome: "pass" | "fail" | "unmeasured";
  readonly why: string;
}

const GATE = /^\s*(estimate:)?\s*([a-z][a-z0-9_.-]*)\s*(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)\s*(%?)\s*$/;

/** @throws AppError `invalid_input` for what is not `[estimate:]JUDGE >= NUMBER`. */
export function parseGate(text: string): Gate {
  const [, estimate, judge, operator, number, percent] = GATE.exec(text) ?? [];
  if (judge === undefined || (operator !== ">=" && operator !== ">" && operator !== "<=" && operator !== "<"))
    throw invalidInput(
      `"${text.slice(0, 80)}" is not a gate`,
      "Write e.g. 'correctness >= 0.9', 'latency <= 2000' or 'estimate:correctness >= 90%'.",
    );
  const value = Number(number) / (percent === "%" ? 100 : 1);
  return { text: text.trim(), judge, operator, value, estimate: estimate !== undefined };
}

const holds = (left: number, operator: Gate["operator"], right: number): boolean =>
  operator === ">="
    ? left >= right
    : operator === ">"
      ? left > right
      : operator === "<="
        ? left <= right
        : left < right;

/** The number that the gate is held against, the unfavourable one unless the estimate was asked for. */
function measured(gate: Gate, { mean, interval }: JudgeSummary): number | null {
  if (gate.estimate) return mean;
  if (interval === null) return null;
  return gate.operator.startsWith(">") ? interval.low : interval.high;
}

function checkJudge(gate: Gate, summary: JudgeSummary): Omit<GateResult, "gate"> {
  const { scored, rows, bounds, mean, interval } = summary;
  if (scored === 0) return { outcome: "unmeasured", why: `0 scored of ${rows}` };
  const value = measured(gate, summary);
  if (value === null)
    return {
      outcome: "unmeasured",
      why: `no interval: ${summary.examples} example${summary.examples === 1 ? "" : "s"}`,
    };
  const shown = gate.estimate
    ? `mean ${rounded(mean)}`
    : `mean ${rounded(mean)}, 95 % interval ${rounded(interval?.low ?? null)} to ${rounded(interval?.high ?? null)}`;
  const why = `${shown}, ${scored} of ${rows} scored, ${summary.calibration}`;
  const passes = holds(value, gate.operator, gate.value);
  const missing = rows - scored - summary.notApplicable;
  if (passes && !summary.bounded && summary.failedRuns > 0)
    return {
      outcome: "unmeasured",
      why: `${why}; ${summary.failedRuns} failed runs have no value, and nothing bounds what it would be`,
    };
  const worst = bounds && (gate.operator.startsWith(">") ? bounds.low : bounds.high);
  if (passes && missing > 0 && (worst === null || !holds(worst, gate.operator, gate.value)))
    return { outcome: "unmeasured", why: `${why}; the ${missing} missing could turn it` };
  return { outcome: passes ? "pass" : "fail", why };
}

/** Holds an evaluation's estimates against gates; a judge that was not run cannot be measured. */
export const checkGates = (gates: readonly Gate[], summary: EvaluationSummary): GateResult[] =>
  gates.map((gate) => {
    const judge = summary.judges.find((candidate) => candidate.judge === gate.judge);
    return {
      gate,
      ...(judge
        ? checkJudge(gate, judge)
        : { outcome: "unmeasured" as const, why: "no such judge in this evaluation" }),
    };
  });

/** 0 all pass, 1 one fails, 2 one cannot be measured and none fails. */
export function gateExitCode(results: readonly GateResult[]): 0 | 1 | 2 {
  if (results.some(({ outcome }) => outcome === "fail")) return 1;
  return results.some(({ outcome }) => outcome === "unmeasured") ? 2 : 0;
}
