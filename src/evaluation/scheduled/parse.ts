import { invalidInput } from "../../errors.ts";
import { JudgeSchedule, type ScheduleBudget, SESSION_QUIET_S } from "../../model/judge-schedule.ts";

/** A schedule as a command's options give it. */
export interface ScheduleOptions {
  /** NAME=RATE */
  readonly judge?: readonly string[] | undefined;
  readonly judgeBudget?: readonly string[] | undefined;
  readonly judgeTotal?: readonly string[] | undefined;
  readonly judgeLevel?: "traces" | "sessions" | undefined;
  readonly judgeQuiet?: number | undefined;
  readonly judgeSessionQuiet?: number | undefined;
  readonly judgeMaxAge?: number | undefined;
}

/** Calls a day where no budget is named: whoever leaves a collector running finds no surprise. */
const USUAL_CALLS = 1_000;
const TRACE_QUIET_S = 10;
const MAX_AGE_HOURS = 24;

function judgeAndRate(text: string): { readonly judge: string; readonly rate: number } {
  const at = text.lastIndexOf("=");
  const judge = text.slice(0, Math.max(0, at)).trim();
  const [, digits, percent] = /^(\d*\.?\d+)(%?)$/.exec(text.slice(at + 1).trim()) ?? [];
  const rate = Number(digits) / (percent ? 100 : 1);
  if (judge !== "" && rate > 0 && rate <= 1) return { judge, rate };
  throw invalidInput(
    `"${text.slice(0, 100)}" is not a judge with its sampling rate`,
    "Give NAME=RATE: the share of the traffic, above 0 and at most 1, e.g. relevance=0.1 or relevance=10%.",
  );
}

function budgetFrom(option: string, texts: readonly string[]): ScheduleBudget {
  const limits = texts.map((text) => {
    const [, digits, unit] = /^\$?(\d*\.?\d+)\s*(calls?|usd)(?:\/day)?$/i.exec(text.trim()) ?? [];
    const value = Number(digits);
    if (unit?.toLowerCase() === "usd" && value > 0) return { usd: value };
    if (unit && unit.toLowerCase() !== "usd" && Number.isSafeInteger(value) && value > 0)
      return { calls: value };
    throw invalidInput(
      `${option} "${text.slice(0, 60)}" is not a budget`,
      "Give calls or US dollars, or both: 500calls, 2usd.",
    );
  });
  return Object.assign({}, ...limits);
}

/**
 * The schedule that options describe.
 * @param repository real path of the folder whose programs judges may name
 * @throws AppError `invalid_input` that says what is wrong and what is allowed.
 */
export function parseSchedule(options: ScheduleOptions, repository: string): JudgeSchedule {
  const judges = (options.judge ?? []).map(judgeAndRate);
  const perDay = budgetFrom("--judge-budget", options.judgeBudget ?? []);
  const parsed = JudgeSchedule.safeParse({
    judges,
    level: options.judgeLevel,
    perDay: Object.keys(perDay).length > 0 ? perDay : { calls: USUAL_CALLS },
    total: budgetFrom("--judge-total", options.judgeTotal ?? []),
    traceQuietS: options.judgeQuiet ?? TRACE_QUIET_S,
    sessionQuietS: options.judgeSessionQuiet ?? SESSION_QUIET_S,
    maxAgeHours: options.judgeMaxAge ?? MAX_AGE_HOURS,
    repository,
  });
  if (parsed.success) return parsed.data;
  throw invalidInput(
    "This is no schedule",
    "Give 1 to 20 judges as NAME=RATE; seconds of quiet from 1 (sessions at most 604800, traces 86400); an age of up to 8760 hours.",
  );
}
