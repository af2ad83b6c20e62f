import type { Context } from "../../context.ts";
import { invalidInput } from "../../errors.ts";
import { judgesFor } from "../../judges/judges-for.ts";
import { judgeSurroundings } from "../../judges/save.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { JudgeSchedule } from "../../model/judge-schedule.ts";
import { isPriced, llmsOf } from "../llms.ts";

export type ItemLevel = "traces" | "sessions";

/** A judge of a schedule, ready to be used. */
export interface ScheduledJudge {
  readonly judge: ResolvedJudge;
  readonly rate: number;
  readonly level: ItemLevel;
}

const levelOf = ({ level }: ResolvedJudge): ItemLevel =>
  level === "session" || level === "turn" ? "sessions" : "traces";

/** The first judge that cannot work while nobody is there, as the error that says so. */
function refusalOf(judges: readonly ResolvedJudge[]) {
  const pair = judges.find(({ level }) => level === "pair");
  if (pair)
    return invalidInput(
      `Judge ${pair.name} compares two answers, and what comes in is one`,
      "Choose a judge of single answers or of conversations.",
    );
  const assistant = judges.find(({ kind }) => kind === "assistant");
  if (assistant)
    return invalidInput(
      `Judge ${assistant.name} would be answered by the assistant, and none is attached while traces come in`,
      "Configure a model endpoint (EVALWRIGHT_MODEL or models.yaml in the data folder), or choose a code judge.",
    );
  return undefined;
}

/** A budget in dollars alone, of a day or of all, binds nothing when a model has no known price. */
async function checkPrices(
  judges: readonly ResolvedJudge[],
  { perDay, total }: JudgeSchedule,
): Promise<void> {
  const llmOf = await llmsOf(judges);
  const inDollars = [perDay, total].filter(({ calls, usd }) => calls === undefined && usd !== undefined);
  if (inDollars.length === 0) return;
  const unpriced = judges.filter(
    ({ kind, model }) => kind === "llm" && model !== null && !isPriced(llmOf(model)),
  );
  if (unpriced.length > 0)
    throw invalidInput(
      `A budget in dollars alone cannot hold: the price of the model of ${unpriced.map(({ name }) => name).join(", ")} is unknown`,
      "Give calls beside the dollars, or state prices for the endpoint in models.yaml.",
    );
}

/**
 * The judges of a schedule as they are now: the newest versions where none is named.
 * @throws AppError for a judge that is not there, cannot work unattended, or has no endpoint.
 */
export async function resolveSchedule(
  { store, project }: Pick<Context, "store" | "project">,
  schedule: JudgeSchedule,
): Promise<readonly ScheduledJudge[]> {
  const names = schedule.judges.map(({ judge }) => judge);
  const surroundings = await judgeSurroundings(schedule.repository);
  const judges = await judgesFor(store.records.versions, project.id, names, surroundings);
  const refusal = refusalOf(judges);
  if (refusal) throw refusal;
  await checkPrices(judges, schedule);
  return judges.map((judge, i) => ({
    judge,
    rate: schedule.judges[i]?.rate ?? 1,
    level: schedule.level ?? levelOf(judge),
  }));
}
