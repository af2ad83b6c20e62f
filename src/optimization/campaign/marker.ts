import { z } from "zod";
import { AppError } from "../../errors.ts";
import type { Held, Work } from "../../evaluation/pipeline.ts";
import type { RunRecord } from "../../evaluation/run-record.ts";
import type { Example } from "../../model/example.ts";
import type { OptimizationComponent } from "../../model/optimization.ts";
import { findInTrace } from "../../reading/find.ts";
import { hashRandom } from "../../statistics/random.ts";
import type { TraceStore } from "../../store/store.ts";

export interface MarkerOptions {
  readonly components: readonly OptimizationComponent[];
  readonly seed: string;
  readonly example: Example;
  readonly traces: TraceStore;
  readonly projectId: string;
  obtain(prompts: Readonly<Record<string, string>>): Promise<(work: Work) => Promise<RunRecord | Held>>;
}

const Hits = z.object({ hits: z.number() });

/** A word that no text has by chance, another one for each component. */
const markerOf = (seed: string, index: number): string =>
  `evalwright-mark-${Math.floor(hashRandom(seed, "marker", index) * 36 ** 8)
    .toString(36)
    .padStart(8, "0")}`;

async function isIn(mark: string, record: RunRecord, { traces, projectId }: MarkerOptions): Promise<boolean> {
  if (JSON.stringify(record).includes(mark)) return true;
  for (const traceId of record.run.traceIds) {
    const { data } = await findInTrace(traces, { projectId, traceId, pattern: mark, budget: 500 });
    if ((Hits.safeParse(data).data?.hits ?? 0) > 0) return true;
  }
  return false;
}

/**
 * One run with a mark in each text. An agent that ignores what it is given would score every candidate like the seed,
 * and the whole budget would be spent on noise.
 * @returns `held` while the run cannot be made.
 * @throws AppError `refused` naming the texts whose mark is neither in the run's traces nor in its answer.
 */
export async function checkMarks(options: MarkerOptions): Promise<Held | "seen"> {
  const { components, seed, example } = options;
  if (components.length === 0) return "seen";
  const marks = components.map(({ name, text }, i) => ({ name, text, mark: markerOf(seed, i) }));
  const prompts = Object.fromEntries(marks.map(({ name, text, mark }) => [name, `${text}\n\n${mark}`]));
  const obtain = await options.obtain(prompts);
  const record = await obtain({ example, repeat: 0 });
  if (record === "pending" || record === "over_budget") return record;
  if (record.run.status === "infrastructure")
    throw new AppError("refused", `The target could not be run: ${record.run.error ?? "it did not start"}`, {
      hint: "Run it once with run_evaluation and mend what it says.",
    });
  const unseen: string[] = [];
  for (const { name, mark } of marks) if (!(await isIn(mark, record, options))) unseen.push(name);
  if (unseen.length > 0)
    throw new AppError("refused", `The agent did not use the text it was given as ${unseen.join(", ")}`, {
      hint: "A mark put into it shows neither in the run's traces nor in its answer. Let the agent take `prompts` from its input (guide evalwright://guide/target-file) and send traces, or put the texts it used under `state` of its answer.",
    });
  return "seen";
}
