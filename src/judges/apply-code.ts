import type { ResolvedJudge } from "../model/judge.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import type { Verdict } from "../model/verdict.ts";
import { blankVerdict, sourceOf } from "./blank-verdict.ts";
import type { CodeFinding, CodeJudge, CodeJudgeTools } from "./definition.ts";
import { failedRunVerdict } from "./failed-run.ts";
import { JudgeFailure } from "./judge-failure.ts";
import { missingNeed } from "./needs.ts";
import { TimeLimitError, withinMs } from "./time-limit.ts";

/** A judge that works longer on one item than this, in milliseconds, has failed. Programs have a limit of their own. */
const LIMIT_MS = 5_000;
const MAX_RATIONALE = 2_000;
const MAX_STDERR = 500;
/** Sums of shares end a hair beside 1. */
const ROUNDING = 1e-9;

const capped = (text: string, max: number): string =>
  text.length > max ? `${text.slice(0, max - 1).toWellFormed()}…` : text;

/** Why a judge failed: its own words where it has some, else the kind of error alone. */
function failureText(error: unknown): string {
  if (error instanceof JudgeFailure) {
    const tail = error.stderrTail.trim();
    return tail === "" ? error.message : `${error.message}: ${capped(tail, MAX_STDERR)}`;
  }
  if (error instanceof TimeLimitError) return error.message;
  return error instanceof Error ? `${error.name}: ${capped(error.message, MAX_STDERR)}` : "unknown error";
}

/** Whether a value passes; null for a judge that has neither a threshold nor a pass of its own. */
function passOf(
  judge: CodeJudge,
  resolved: ResolvedJudge,
  finding: CodeFinding,
  value: number,
): boolean | null {
  const { threshold } = resolved;
  if (threshold === null) return finding.pass ?? null;
  return judge.goal === "higher" ? value >= threshold - ROUNDING : value <= threshold + ROUNDING;
}

function scored(judge: CodeJudge, resolved: ResolvedJudge, finding: CodeFinding): Verdict {
  const { value, label, rationale, parts = [] } = finding;
  if (value === null || !Number.isFinite(value)) throw new JudgeFailure("the judge gave no number");
  if (judge.bounded && (value < -ROUNDING || value > 1 + ROUNDING))
    throw new JudgeFailure("the judge gave a value outside of 0 to 1");
  const inBounds = judge.bounded ? Math.min(1, Math.max(0, value)) : value;
  const pass = passOf(judge, resolved, finding, inBounds);
  const turned = (one: number): number => (judge.bounded && resolved.negate ? 1 - one : one);
  return {
    ...blankVerdict("scored", sourceOf(resolved)),
    value: turned(inBounds),
    pass: pass === null ? null : pass !== resolved.negate,
    label: label ?? null,
    rationale: capped(rationale, MAX_RATIONALE),
    parts: parts.map((part) => ({ ...part, value: part.value === null ? null : turned(part.value) })),
  };
}

function verdictOf(judge: CodeJudge, resolved: ResolvedJudge, finding: CodeFinding): Verdict {
  const rationale = capped(finding.rationale, MAX_RATIONALE);
  const source = sourceOf(resolved);
  if (finding.notApplicable) return { ...blankVerdict("not_applicable", source), rationale };
  if (finding.unscored) return { ...blankVerdict("unscored", source), reason: finding.unscored, rationale };
  return scored(judge, resolved, finding);
}

/**
 * What a code judge says of an item. A judge that throws, hangs or gives no number is a verdict of state `error`, never
 * a pass. `negate` turns pass and fail around, and a bounded value into 1 minus it; not applicable, unscored, failed
 * runs and errors stay what they are.
 * @throws whatever the signal was aborted with: a judge that was stopped says nothing.
 */
export async function applyCodeJudge(
  judge: CodeJudge,
  resolved: ResolvedJudge,
  item: JudgedItem,
  tools: CodeJudgeTools,
): Promise<Verdict> {
  tools.signal.throwIfAborted();
  const hasFailed = !item.run.ok;
  if (hasFailed && !judge.judgesFailedRuns) return failedRunVerdict(resolved);
  const missing = missingNeed(item, judge.needs);
  if (missing)
    return {
      ...blankVerdict("unscored", sourceOf(resolved)),
      reason: missing.reason,
      rationale: `the item has no ${missing.need}`,
    };
  try {
    const finding = await withinMs(LIMIT_MS, () => judge.judge(item, resolved.params, tools));
    const verdict = verdictOf(judge, resolved, finding);
    return hasFailed && verdict.state !== "scored" ? failedRunVerdict(resolved) : verdict;
  } catch (error) {
    tools.signal.throwIfAborted();
    return {
      ...blankVerdict("error", sourceOf(resolved)),
      reason: "judge_failed",
      rationale: failureText(error),
    };
  }
}
