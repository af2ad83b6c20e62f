import type { Context } from "../../context.ts";
import { fineTuningRun } from "../reflection/fine-tuning.ts";
import { type CollectedRun, type CollectedRuns, collectedRuns } from "./collected.ts";

export interface ExportFineTuning {
  readonly evaluation?: string | undefined;
  readonly optimization?: string | undefined;
  /** Of a campaign: another candidate than its choice. */
  readonly candidate?: number | undefined;
  /** Failing runs and those that nobody judged too. */
  readonly all: boolean;
}

export interface FineTuningExport {
  readonly of: string;
  /** The judge by which runs pass. */
  readonly primary: string;
  /** JSON, each without a line break: untrusted. */
  readonly lines: readonly string[];
  /** Left out, by reason. */
  readonly leftOut: Readonly<Record<string, number>>;
  /** What the format has no place for, over all lines. */
  readonly lost: { readonly media: number; readonly reasoning: number; readonly other: number };
}

function reasonFor({ passed }: CollectedRun, { all }: ExportFineTuning): string | null {
  if (all || passed === true) return null;
  return passed === false ? "it did not pass" : "the judge that decides has not judged it (--all takes it)";
}

function linesOf(
  { of, primary, runs, notRecorded }: CollectedRuns,
  options: ExportFineTuning,
): FineTuningExport {
  const lines = new Set<string>();
  const lost = { media: 0, reasoning: 0, other: 0 };
  const leftOut = new Map<string, number>();
  const leave = (reason: string, count = 1) => leftOut.set(reason, (leftOut.get(reason) ?? 0) + count);
  if (notRecorded > 0) leave("its run is not recorded", notRecorded);
  for (const run of runs) {
    const reason = reasonFor(run, options);
    const made = reason === null ? fineTuningRun(run.record) : ({ state: "unusable", reason } as const);
    if (made.state === "unusable") leave(made.reason);
    else if (lines.has(made.line)) leave("it is the same as another line");
    else {
      lines.add(made.line);
      for (const kind of ["media", "reasoning", "other"] as const) lost[kind] += made.lost[kind];
    }
  }
  return { of, primary, lines: [...lines], leftOut: Object.fromEntries(leftOut), lost };
}

/**
 * Runs on training examples as lines of JSONL in OpenAI's chat format for fine-tuning: those that pass, unless `all`. The
 * sealed holdout and the validation split are never read.
 */
export async function exportFineTuning(
  context: Pick<Context, "store" | "project" | "signal">,
  options: ExportFineTuning,
): Promise<FineTuningExport> {
  return linesOf(await collectedRuns(context, options), options);
}
