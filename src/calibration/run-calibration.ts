import { hashOf } from "../canonical.ts";
import { invalidInput } from "../errors.ts";
import { judgingOf, refuseOverBudget } from "../evaluation/judging-of.ts";
import { type JobRunner, type JobTools, Parked } from "../jobs/runner.ts";
import type { CalibrationCard } from "../model/calibration.ts";
import { Json, type JsonObject } from "../model/json.ts";
import { CalibrationInput } from "./calibration-input.ts";
import { cardData } from "./card-words.ts";
import { scaleOf } from "./compare-labels.ts";
import { findSample } from "./find-sample.ts";
import { type LabelledItem, placeAt } from "./labelled-item.ts";
import { makeCard } from "./make-card.ts";
import { type AllObtained, obtainVerdicts } from "./obtain-verdicts.ts";
import { populationRate, sampledRate } from "./rates.ts";
import { repeatabilityOf } from "./repeatability.ts";

/** Keeps a card under its judge's hash; the same card again is the same record. */
export async function keepCard({ store }: JobTools, projectId: string, card: CalibrationCard): Promise<void> {
  const body = Json.parse(JSON.parse(JSON.stringify(card)));
  await store.records.versions.save({
    projectId,
    kind: "calibration",
    name: card.hash,
    hash: hashOf(body),
    body,
    note: null,
  });
}

/** A job of kind `calibration`: a judge's verdicts on what people labelled, and the card that follows from them. */
export const runCalibrationJob: JobRunner = async (job, tools) => {
  const parsed = CalibrationInput.safeParse(job.input);
  if (!parsed.success)
    throw invalidInput("The calibration's setup is not one of this version", "Start a new one.");
  const input = parsed.data;
  const { judge, items } = input;
  let done = 0;
  const obtaining = {
    store: tools.store,
    projectId: job.projectId,
    judge,
    labelName: input.labels.name,
    judging: await judgingOf(job, tools, [judge], input.repository),
    onDone: () => {
      done += 1;
      tools.progress(Math.min(done, items.length), items.length);
    },
  };
  const { verdicts, held } = await obtainVerdicts(obtaining, [...items, ...trafficOf(input)]);
  const scale = scaleOf(judge, items);
  const repeated = await repeatabilityOf(obtaining, items, verdicts, scale, input.repeats);
  const allHeld = [...held, ...repeated.held];
  refuseOverBudget(allHeld, obtaining.judging.ledger);
  if (allHeld.length > 0) return new Parked({ verdictsPending: allHeld.length });
  const card = makeCard({
    input,
    createdUs: job.createdUs,
    verdicts,
    repeatability: repeated.repeatability,
  });
  await keepCard(tools, job.projectId, card);
  const rate = await rateOf(tools, job.projectId, input, verdicts, card);
  const result = { ...cardData(card), ...(rate === null ? {} : { rate }) };
  return Json.parse(JSON.parse(JSON.stringify(result)));
};

/** What of the population is to be judged beside the labelled items. */
function trafficOf({ population, items }: CalibrationInput): Pick<LabelledItem, "id" | "place">[] {
  if (population === null) return [];
  const known = new Set(items.map(({ id }) => id));
  return population.ids
    .filter(({ id }) => !known.has(id))
    .map(({ id }) => ({ id, place: placeAt(population.level, id) }));
}

async function rateOf(
  { store }: JobTools,
  projectId: string,
  { population, items, labels, judge }: CalibrationInput,
  verdicts: AllObtained["verdicts"],
  card: CalibrationCard,
): Promise<JsonObject | null> {
  if (labels.sample !== null) {
    const { versions } = store.records;
    const sample = await findSample(versions, projectId, judge.name, Number(labels.sample));
    return sampledRate(sample, items);
  }
  if (population === null) return null;
  const weights = new Map(population.labelled.map(({ id, weight }) => [id, weight]));
  const labelled = items.flatMap((item) => {
    const weight = weights.get(item.id);
    return weight === undefined ? [] : [{ ...item, weight }];
  });
  return populationRate(population, labelled, verdicts, card.informative);
}
