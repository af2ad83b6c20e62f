import { trustOf } from "../calibration/judge-trust.ts";
import type { Context } from "../context.ts";
import { AppError } from "../errors.ts";
import { judgesFor } from "../judges/judges-for.ts";
import { labelPasses } from "../judges/label-passes.ts";
import { judgeSurroundings } from "../judges/save.ts";
import type { CensusInput } from "./census-input.ts";

type OutcomeJudge = Pick<CensusInput, "outcomePasses" | "outcomeBy">;

const NONE: OutcomeJudge = { outcomePasses: {}, outcomeBy: null };

/** Of an outcome that is the feedback of a judge: which of its labels pass, and what is known of the judge. */
export async function outcomeJudge(
  { store, project, now }: Pick<Context, "store" | "project" | "now">,
  name: string | undefined,
): Promise<OutcomeJudge> {
  if (name === undefined) return NONE;
  try {
    const { versions } = store.records;
    const [judge] = await judgesFor(versions, project.id, [name], await judgeSurroundings());
    if (!judge) return NONE;
    const trust = await trustOf(versions, project.id, [judge], now());
    return {
      outcomePasses: { ...labelPasses(judge) },
      outcomeBy: `the judge ${name}: ${trust.get(judge.name)?.words ?? ""}`,
    };
  } catch (error) {
    // Any other feedback is named so as well.
    if (error instanceof AppError) return NONE;
    throw error;
  }
}
