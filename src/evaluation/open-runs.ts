import type { Logger } from "pino";
import type { Ledger } from "../ledger/ledger.ts";
import type { EvaluationSetup } from "../model/evaluation.ts";
import { NO_SPEND } from "../model/ledger.ts";
import type { Store } from "../store/store.ts";
import { createBreaker } from "./breaker.ts";
import { createGate } from "./gate.ts";
import type { RunSource } from "./job-input.ts";
import { createObtain, createReuse } from "./obtain.ts";
import { openProgram } from "./open-program.ts";
import type { Held, Work } from "./pipeline.ts";
import { matchRecorded } from "./recorded.ts";
import { createRunEstimate } from "./run-estimate.ts";
import type { RunRecord } from "./run-record.ts";

export interface OpenRuns {
  /** Runs at the same time. */
  readonly concurrency: number;
  obtain(work: Work): Promise<RunRecord | Held>;
  /** The run to compare it with, where pairs are judged. */
  readonly obtainBaseline: ((work: Work) => Promise<RunRecord | Held>) | null;
  /** Whether the code of the target is another than when the evaluation began. */
  hasChanged(): Promise<boolean>;
  /** What no run shows, in words of ours. */
  notes(): string[];
  close(): Promise<void>;
}

export interface OpenRunsOptions {
  readonly evaluationId: string;
  /** Real path. */
  readonly repository: string;
  readonly projectId: string;
  readonly setup: EvaluationSetup;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Texts instead of the agent's own, by name. */
  readonly prompts: Readonly<Record<string, string>>;
}

const RECORDED_AT_ONCE = 8;

/** Where an evaluation's runs come from, ready to be asked. */
export function openRuns(source: RunSource, options: OpenRunsOptions): Promise<OpenRuns> {
  if (source.kind === "file") return openFile(source, options);
  const { ledger, evaluationId, store, projectId } = options;
  const earlier = (id: string) => createReuse({ ledger, evaluationId: id });
  const obtain =
    source.kind !== "recorded"
      ? earlier(source.kind === "reuse" ? source.evaluationId : source.candidate)
      : createObtain({
          ledger,
          evaluationId,
          free: true,
          estimate: createRunEstimate(),
          breaker: createBreaker(),
          gate: createGate(RECORDED_AT_ONCE),
          run: async ({ example, repeat }) => ({
            record: await matchRecorded(store, projectId, example, repeat, source.match),
            total: NO_SPEND,
            spent: NO_SPEND,
            overBudget: null,
          }),
        });
  return Promise.resolve({
    concurrency: RECORDED_AT_ONCE,
    obtain,
    obtainBaseline: source.kind === "pair" ? earlier(source.baseline) : null,
    hasChanged: async () => false,
    notes: () => [],
    close: async () => undefined,
  });
}

async function openFile(
  source: Extract<RunSource, { kind: "file" }>,
  options: OpenRunsOptions,
): Promise<OpenRuns> {
  const { evaluationId, setup, prompts } = options;
  const program = await openProgram(source, { ...options, label: evaluationId, pinned: setup.target });
  return {
    concurrency: program.concurrency,
    obtain: program.obtain({ scope: evaluationId, prompts }),
    obtainBaseline: null,
    hasChanged: program.hasChanged,
    notes: program.notes,
    close: program.close,
  };
}
