import { z } from "zod";
import { hashOf } from "../canonical.ts";
import { invalidInput } from "../errors.ts";
import { judgingOf, refuseOverBudget } from "../evaluation/judging-of.ts";
import { type JobRunner, Parked } from "../jobs/runner.ts";
import { Json, type JsonObject } from "../model/json.ts";
import { ResolvedJudge } from "../model/judge.ts";
import type { LabelSample } from "../model/label-sample.ts";
import { drawSample, LABELLED, wordsOf } from "./draw-sample.ts";
import { LabelledItem, placeAt } from "./labelled-item.ts";
import { obtainVerdicts } from "./obtain-verdicts.ts";

/** All that a job of kind `label_sample` needs. */
export const LabelNextInput = z.object({
  /** The first one is calibrated; where others differ from it, more is labelled. */
  judges: z.array(ResolvedJudge).min(1),
  labels: z.string(),
  level: z.enum(["traces", "sessions"]),
  filter: z.string().nullable(),
  frame: z.array(z.object({ id: z.string(), cluster: z.string() })).min(1),
  matching: z.int().nullable(),
  labelled: z.array(LabelledItem),
  count: z.int().min(1),
  repository: z.string(),
});
export type LabelNextInput = z.infer<typeof LabelNextInput>;

const SHOWN = 60;

function sampleData(sample: LabelSample, number: number): JsonObject {
  const todo = sample.items.filter(({ stratum }) => sample.strata[stratum]?.name !== LABELLED);
  const shown = todo.slice(0, SHOWN);
  return {
    judge: sample.judge,
    sample: number,
    labels: sample.labels,
    level: sample.level,
    toLabel: todo.length,
    scheme:
      "Strata by the judge's verdict (and those of the others beside it); Neyman allocation by labels so far, at least two of each; drawn by a hash of the id. What was labelled before is a stratum of its own. Each label counts for size / labelled items of its stratum.",
    strata: {
      columns: ["stratum", "size", "drawn", "chance"],
      rows: sample.strata.map(({ name, size, drawn: count }): Json[] => [
        name,
        size,
        count,
        Math.round((count / Math.max(1, size)) * 1_000) / 1_000,
      ]),
    },
    items: {
      columns: ["item", "stratum"],
      rows: shown.map(({ id, stratum }): Json[] => [id, sample.strata[stratum]?.name ?? ""]),
    },
    ...(todo.length > shown.length ? { moreToLabel: todo.length - shown.length } : {}),
  };
}

/** A job of kind `label_sample`: judges what could be labelled, and draws what to label next with known chances. */
export const runLabelNextJob: JobRunner = async (job, tools) => {
  const parsed = LabelNextInput.safeParse(job.input);
  if (!parsed.success) throw invalidInput("The sample's setup is not one of this version", "Draw a new one.");
  const input = parsed.data;
  const ids = new Set([...input.frame.map(({ id }) => id), ...input.labelled.map(({ id }) => id)]);
  const places = [...ids].map((id) => ({ id, place: placeAt(input.level, id) }));
  const judging = await judgingOf(job, tools, input.judges, input.repository);
  const words: ReadonlyMap<string, string>[] = [];
  const held: string[] = [];
  let done = 0;
  for (const judge of input.judges) {
    const obtained = await obtainVerdicts(
      {
        store: tools.store,
        projectId: job.projectId,
        judge,
        labelName: input.labels,
        judging,
        onDone: () => {
          done += 1;
          tools.progress(done, places.length * input.judges.length);
        },
      },
      places,
    );
    words.push(wordsOf(obtained.verdicts));
    held.push(...obtained.held);
  }
  refuseOverBudget(held, judging.ledger);
  if (held.length > 0) return new Parked({ verdictsPending: held.length });
  const [first] = input.judges;
  if (!first) throw new Error("a sample is drawn for a judge");
  const sample: LabelSample = {
    judge: first.name,
    hash: first.hash,
    createdUs: job.createdUs,
    level: input.level,
    filter: input.filter,
    labels: input.labels,
    matching: input.matching,
    frame: input.frame.length,
    ...drawSample(input, words, job.id),
  };
  const body = Json.parse(JSON.parse(JSON.stringify(sample)));
  const { record } = await tools.store.records.versions.save({
    projectId: job.projectId,
    kind: "label_sample",
    name: first.name,
    hash: hashOf(body),
    body,
    note: null,
  });
  return sampleData(sample, record.version);
};
