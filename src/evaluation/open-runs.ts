import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { AppError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { EvaluationSetup } from "../model/evaluation.ts";
import { NO_SPEND } from "../model/ledger.ts";
import type { Store } from "../store/store.ts";
import { openTarget } from "../targets/open.ts";
import { findRepository } from "../targets/repository.ts";
import { startCollector } from "../telemetry/collector/collector.ts";
import type { RunSource } from "./job-input.ts";
import { createTraceJoin } from "./join-traces.ts";
import { completions } from "./llms.ts";
import { createObtain, createReuse } from "./obtain.ts";
import { differsFrom, openCode } from "./open-code.ts";
import type { Held, Work } from "./pipeline.ts";
import { matchRecorded } from "./recorded.ts";
import { runExample } from "./run-example.ts";
import type { RunRecord } from "./run-record.ts";

export interface OpenRuns {
  /** Runs at the same time. */
  readonly concurrency: number;
  obtain(work: Work): Promise<RunRecord | Held>;
  /** Whether the code of the target is another than when the evaluation began. */
  hasChanged(): Promise<boolean>;
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
}

/** Milliseconds that a run's traces are waited for: a program that ends has sent them, a server sends in batches. */
const TRACE_WAIT_MS = { command: 800, worker: 3_000, http: 3_000, prompt: 0 } as const;
const RECORDED_AT_ONCE = 8;

/** Where an evaluation's runs come from, ready to be asked. */
export function openRuns(source: RunSource, options: OpenRunsOptions): Promise<OpenRuns> {
  if (source.kind === "file") return openFile(source, options);
  const { ledger, evaluationId, store, projectId } = options;
  const obtain =
    source.kind === "reuse"
      ? createReuse({ ledger, evaluationId: source.evaluationId })
      : createObtain({
          ledger,
          evaluationId,
          free: true,
          run: async ({ example, repeat }) => ({
            record: await matchRecorded(store, projectId, example, repeat, source.match),
            spent: NO_SPEND,
          }),
        });
  return Promise.resolve({
    concurrency: RECORDED_AT_ONCE,
    obtain,
    hasChanged: async () => false,
    close: async () => undefined,
  });
}

async function openFile(
  source: Extract<RunSource, { kind: "file" }>,
  options: OpenRunsOptions,
): Promise<OpenRuns> {
  const { ledger, evaluationId, projectId, setup, store, log, signal } = options;
  const repository = await findRepository(options.repository);
  await using stack = new AsyncDisposableStack();
  const code = stack.use(await openCode(repository, source.path, source.gitRef));
  const { spec } = code;
  const differences = differsFrom(await code.version(), setup.target);
  if (differences.length > 0) throw codeChanged(differences);
  const collector = await startCollector({ store, storeId: randomUUID(), log, httpPort: 0, grpcPort: null });
  stack.defer(() => collector.close());
  const { httpUrl } = collector.status();
  const target = stack.use(
    await openTarget(spec, {
      root: code.root,
      shared: code.environment,
      allowCommands: true,
      allowRealSideEffects: source.allowRealSideEffects,
      collector: httpUrl === null ? null : { url: httpUrl, projectId },
      resource: { "evalwright.evaluation": evaluationId },
      complete: completions(),
    }),
  );
  const wait = spec.kind === "recorded" ? 0 : TRACE_WAIT_MS[spec.kind];
  const join = createTraceJoin(store.traces, projectId, wait);
  const open = stack.move();
  return {
    concurrency: target.concurrency,
    obtain: createObtain({
      ledger,
      evaluationId,
      free: false,
      run: ({ example, repeat }) =>
        runExample(example, {
          target,
          // A prompt that nobody has answered yet asks by itself; agents are given what the user says.
          asksItself: spec.kind === "prompt",
          join,
          traces: store.traces,
          projectId,
          sessionId: `${evaluationId}.${example.id}.${repeat}`,
          prompts: {},
          signal,
        }),
    }),
    hasChanged: async () => differsFrom(await code.version(), setup.target).length > 0,
    close: () => open.disposeAsync(),
  };
}

const codeChanged = (differences: readonly string[]): AppError =>
  new AppError(
    "conflict",
    `The target is not what it was when this evaluation began: ${differences.join(", ")}`,
    {
      hint: "Start a new evaluation: what was run before must not be mixed with what runs now.",
    },
  );
