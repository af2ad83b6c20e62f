import type { Context } from "../context.ts";
import { findDataset } from "../datasets/find.ts";
import { invalidInput } from "../errors.ts";
import { drawn, findItems } from "../evaluation/find-items.ts";
import { judgesFor } from "../judges/judges-for.ts";
import { judgeSurroundings } from "../judges/save.ts";
import type { Omission } from "../model/answer.ts";
import type { AssessmentSource } from "../model/assessment.ts";
import type { LabelQuery } from "../model/calibration.ts";
import { JudgeSpec, type ResolvedJudge } from "../model/judge.ts";
import { workingFolder } from "../project.ts";
import { sealedOmission } from "../reading/sealed.ts";
import { parseReference } from "../reference.ts";
import type { CalibrationInput } from "./calibration-input.ts";
import { type Chances, chancesOf, chancesOfSchedule } from "./chances.ts";
import { findSample, weightedBySample } from "./find-sample.ts";
import { type FoundLabels, findLabels } from "./labels.ts";
import { tunedOn } from "./tuned-on.ts";

export interface CalibrateJudge {
  readonly judge: string;
  /** Name of the feedback, or of the dataset's expectation; default the judge's. */
  readonly labels?: string | undefined;
  readonly source: AssessmentSource;
  readonly level?: "traces" | "sessions" | undefined;
  readonly filter?: string | undefined;
  readonly dataset?: string | undefined;
  readonly labelThreshold?: number | undefined;
  readonly limit: number;
  readonly repeats?: number | undefined;
  /** Filter: the pass rate of all of these is wanted too. */
  readonly population?: string | undefined;
  /** Only labels of this sample of label_next, weighted. */
  readonly sample?: number | undefined;
}

/** What a job is given, and what matched and is left out of it. */
export interface Planned<T> {
  readonly input: T;
  readonly omitted: readonly Omission[];
}

type Planning = Pick<Context, "store" | "project" | "now">;

/** Repeats of a model judge unless its user says otherwise; the assistant is asked twice anyway now and then. */
const USUAL_REPEATS = { llm: 1, assistant: 0, code: 0 } as const;

/** @throws AppError `invalid_input` for a judge of pairs or an unknown one. */
export async function judgeOf(context: Planning, name: string) {
  const surroundings = await judgeSurroundings(workingFolder());
  const { versions } = context.store.records;
  const [judge] = await judgesFor(versions, context.project.id, [name], surroundings);
  if (!judge) throw new Error("a named judge is resolved or refused");
  return { judge, repository: surroundings.repositoryRoot };
}

async function guidelineOf({ store, project }: Planning, { name, version }: ResolvedJudge) {
  if (version === null) return null;
  const saved = await store.records.versions.get(project.id, "judge", name, version);
  return JudgeSpec.safeParse(saved?.body).data?.guideline ?? null;
}

async function datasetReference(context: Planning, reference: string | undefined): Promise<string | null> {
  if (reference === undefined) return null;
  const { version } = parseReference(reference);
  const found = await findDataset(context, reference);
  return `${found.name}@${version ?? found.version}`;
}

/** The labels that a call names, as a card keeps them. */
export async function labelQueryOf(
  context: Planning,
  judge: ResolvedJudge,
  input: CalibrateJudge,
): Promise<LabelQuery> {
  return {
    name: input.labels ?? judge.name,
    source: input.source,
    level: input.level ?? null,
    filter: input.filter ?? null,
    dataset: await datasetReference(context, input.dataset),
    sample: input.sample === undefined ? null : String(input.sample),
    threshold: input.labelThreshold ?? null,
  };
}

/** @throws AppError `invalid_input` that says what labels there are instead. */
export async function requireLabels(
  context: Planning,
  judge: ResolvedJudge,
  { items, notUnderstood }: FoundLabels,
  query: LabelQuery,
): Promise<void> {
  if (items.length > 0) return;
  if (notUnderstood > 0)
    throw invalidInput(
      `None of ${notUnderstood} labels is pass, fail, true, false, 1, 0 or one of the judge's labels`,
      "For graded numbers give labelThreshold; else record labels in the judge's own words.",
    );
  const source = query.source === "human" ? "end_user" : "human";
  const others = query.dataset === null ? await findLabels(context, judge, { ...query, source }) : undefined;
  if (others && others.items.length > 0)
    throw invalidInput(
      `No ${query.source} feedback of that name is on what matches; ${source} feedback is, on ${others.items.length} ${others.level ?? "items"}`,
      `source: "${source}" takes it as the labels.`,
    );
  const known = await context.store.traces.listValues(context.project.id, "feedback", 12);
  throw invalidInput(
    query.dataset === null
      ? `No ${query.source} feedback of that name is on what matches`
      : "No example of train and validation has an expectation of that name",
    query.dataset === null && known.length > 0
      ? "labels names the feedback that people gave; search_traces and summarize_traces list its names. record_feedback adds some."
      : "labels names them; record_feedback or save_dataset adds some.",
  );
}

/** Looked at to tell which labelled items belong to a population. */
const MOST_OF_POPULATION = 50_000;

async function populationOf(
  context: Planning,
  filter: string,
  found: FoundLabels,
  { items: labelled, words }: Chances,
  limit: number,
): Promise<Planned<NonNullable<CalibrationInput["population"]>>> {
  if (found.level === null)
    throw invalidInput("population needs labels on traces or sessions", "Leave dataset out, or population.");
  const { level } = found;
  const all = await findItems(context, { filter, level, limit: MOST_OF_POPULATION, sample: true });
  const inside = new Set(all.items.map(({ id }) => id));
  return {
    input: {
      ids: all.items.slice(0, limit).map(({ id, cluster }) => ({ id, cluster })),
      level,
      matching: all.matching,
      labelled: labelled.flatMap(({ id, weight }) => (inside.has(id) ? [{ id, weight }] : [])),
      chances: words,
    },
    omitted: all.omitted,
  };
}

/** Labels as the call wants them: of a sample only its own, weighted; else weighted where schedules drew them all. */
async function chosenLabels(context: Planning, judge: ResolvedJudge, query: LabelQuery) {
  const found = await findLabels(context, judge, query);
  await requireLabels(context, judge, found, query);
  if (query.sample === null) return { found, items: chancesOfSchedule(found).items, outside: 0 };
  const { versions } = context.store.records;
  const sample = await findSample(versions, context.project.id, judge.name, Number(query.sample));
  const { items, outside } = weightedBySample(found.items, sample);
  if (items.length === 0)
    throw invalidInput("None of the sample's items is labelled yet", "record_feedback on them first.");
  return { found, items, outside };
}

/**
 * A calibration, resolved and pinned before anything is spent.
 * @throws AppError that says what is wrong with the judge, the filter or the labels.
 */
export async function planCalibration(
  context: Planning,
  input: CalibrateJudge,
): Promise<Planned<CalibrationInput>> {
  const { judge, repository } = await judgeOf(context, input.judge);
  if (judge.level === "pair" && input.dataset === undefined)
    throw invalidInput(
      `Judge ${judge.name} compares two answers`,
      "Give a dataset whose examples have the expectations first and second (the answers) and people's choice.",
    );
  const query = await labelQueryOf(context, judge, input);
  if (input.population !== undefined && input.sample !== undefined)
    throw invalidInput("Give population or sample, not both", "A sample says what it was drawn from.");
  const { found, items: labelled, outside } = await chosenLabels(context, judge, query);
  const tuned = await tunedOn(context.store.records.versions, context.project.id, judge);
  const chosen = labelled.filter(({ labels }) => !labels.some(({ id }) => tuned.has(id)));
  if (chosen.length === 0)
    throw invalidInput(
      "The judge was tuned on all of these labels",
      "Label further items, and check it on those.",
    );
  const items = drawn(chosen, input.limit, context.project.id, "calibration");
  const population =
    input.population === undefined
      ? null
      : await populationOf(
          context,
          input.population,
          found,
          await chancesOf(context, judge.name, query, found),
          input.limit,
        );
  return {
    input: {
      judge,
      guideline: await guidelineOf(context, judge),
      labels: { ...query, level: found.level },
      items,
      leftOut: {
        labelled: found.items.length,
        notUnderstood: found.notUnderstood,
        tunedOn: labelled.length - chosen.length,
        notDrawn: chosen.length - items.length,
        outsideSample: outside,
      },
      repeats: input.repeats ?? USUAL_REPEATS[judge.kind],
      population: population?.input ?? null,
      repository,
      seed: context.project.id,
    },
    omitted: population?.omitted ?? (found.level === null ? [] : await sealedOmission(context, found.level)),
  };
}
