import type { Context } from "../context.ts";
import type { LabelQuery } from "../model/calibration.ts";
import { LabelSample } from "../model/label-sample.ts";
import { weightedBySample } from "./find-sample.ts";
import type { LabelledItem } from "./labelled-item.ts";
import type { FoundLabels } from "./labels.ts";

/** Labelled items with one over the chance with which each came to be labelled, as far as that is known. */
export interface Chances {
  readonly items: readonly LabelledItem[];
  /** In our words, and what is left out for it. */
  readonly words: string;
}

const MOST_SAMPLES = 50;

const evenly = (items: readonly LabelledItem[], words: string): Chances => ({ items, words });

/**
 * By the rates at which schedules drew what people then labelled. Only where all were drawn: who labels also what was not
 * chose it otherwise.
 */
export function chancesOfSchedule({ items, rates }: FoundLabels): Chances {
  const drawn = items.flatMap((item) => rates.get(item.id) ?? []);
  const [least, most] = [Math.min(...drawn), Math.max(...drawn)];
  if (drawn.length === 0)
    return evenly(items, "unknown, and taken to be equal: the labelled items are a random sample of these");
  if (drawn.length < items.length)
    return evenly(
      items,
      `unknown, and taken to be equal: scheduled judging drew ${drawn.length} of ${items.length} labelled items (rates ${least} to ${most}), the others were found otherwise`,
    );
  if (least === most) return evenly(items, `equal: scheduled judging drew all of them at rate ${least}`);
  return {
    items: items.map((item) => ({ ...item, weight: most / (rates.get(item.id) ?? most) })),
    words: `scheduled judging's, rates ${least} to ${most}: each label counts for one over its rate; of what was drawn, people labelled a random part`,
  };
}

/** By the newest sample of label_next of which people labelled some in every stratum; undefined where there is none. */
async function chancesOfSample(
  { store, project }: Pick<Context, "store" | "project">,
  judge: string,
  query: LabelQuery,
  found: FoundLabels,
): Promise<Chances | undefined> {
  const { items: records } = await store.records.versions.list({
    projectId: project.id,
    kind: "label_sample",
    name: judge,
    limit: MOST_SAMPLES,
  });
  for (const { body, version } of records) {
    const sample = LabelSample.safeParse(body).data;
    if (sample?.labels !== query.name || sample.level !== found.level) continue;
    const { items, outside } = weightedBySample(found.items, sample);
    if (!isCovered(sample, items)) continue;
    const without = outside > 0 ? `; ${outside} labels on other items are left out of the rate` : "";
    return {
      items,
      words: `sample ${version} of label_next's: each label counts for the size of its stratum over the labels in it${without}`,
    };
  }
  return undefined;
}

function isCovered({ strata, items: sampled }: LabelSample, items: readonly LabelledItem[]): boolean {
  const stratumOf = new Map(sampled.map(({ id, stratum }) => [id, stratum]));
  const labelled = new Set(items.map(({ id }) => stratumOf.get(id)));
  return strata.every(({ size }, i) => size === 0 || labelled.has(i));
}

/** The chances behind labels that should speak for a population: those of a sample before those of a schedule. */
export async function chancesOf(
  context: Pick<Context, "store" | "project">,
  judge: string,
  query: LabelQuery,
  found: FoundLabels,
): Promise<Chances> {
  return (await chancesOfSample(context, judge, query, found)) ?? chancesOfSchedule(found);
}
