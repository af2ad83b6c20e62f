import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { createCloseStack } from "../close-stack.ts";
import { AppError } from "../errors.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { createAllowance } from "../metering/allowance.ts";
import type { TargetRef } from "../model/evaluation.ts";
import { EVALUATION_TAG } from "../model/evaluation-tag.ts";
import type { Store } from "../store/store.ts";
import { openTarget } from "../targets/open.ts";
import { findRepository } from "../targets/repository.ts";
import { startCollector } from "../telemetry/collector/collector.ts";
import { createBreaker } from "./breaker.ts";
import { createGate } from "./gate.ts";
import type { RunSource } from "./job-input.ts";
import { createTraceJoin } from "./join-traces.ts";
import { completions } from "./llms.ts";
import { createObtain, runKey } from "./obtain.ts";
import { differsFrom, openCode } from "./open-code.ts";
import { openMeter, outsideNotes, reserveIn } from "./open-meter.ts";
import type { Held, Work } from "./pipeline.ts";
import { createRunEstimate, untilKnown } from "./run-estimate.ts";
import { runExample } from "./run-example.ts";
import type { RunRecord } from "./run-record.ts";

/** One variant of a program: its runs are its own, recorded under `scope`. */
export interface Arm {
  /** An evaluation's id, or a campaign's with a candidate's. */
  readonly scope: string;
  /** Texts instead of the agent's own, by name. */
  readonly prompts: Readonly<Record<string, string>>;
}

/** The agent under test, ready to be run in one or more variants. */
export interface Program {
  /** Runs at the same time, over all arms. */
  readonly concurrency: number;
  /** What its runs ask of models counts in budgets, call by call. */
  readonly isMetered: boolean;
  obtain(arm: Arm): (work: Work) => Promise<RunRecord | Held>;
  /** Whether the code of the target is another than when this began. */
  hasChanged(): Promise<boolean>;
  /** What no run shows, in words of ours; of what this process has seen. */
  notes(): string[];
  close(): Promise<void>;
}

export interface OpenProgramOptions {
  /** Real path. */
  readonly repository: string;
  readonly projectId: string;
  /** What the traces of runs say that they are of. */
  readonly label: string;
  /** What the target was when this began; null: a commit, which does not change. */
  readonly pinned: TargetRef | null;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Milliseconds that a run's traces are waited for: a program that ends has sent them, a server sends in batches. */
const TRACE_WAIT_MS = { command: 800, worker: 3_000, http: 3_000, prompt: 0 } as const;

/**
 * Opens a target file with a collector of its own for the traces of its runs.
 * @throws AppError `conflict` when the target is not what it was when this began.
 */
export async function openProgram(
  source: Extract<RunSource, { kind: "file" }>,
  options: OpenProgramOptions,
): Promise<Program> {
  const { ledger, projectId, pinned, store, log, signal } = options;
  const repository = await findRepository(options.repository);
  await using stack = createCloseStack();
  const code = stack.use(await openCode(repository, source.path, source.gitRef));
  const { spec } = code;
  const changes = async () => (pinned === null ? [] : differsFrom(await code.version(), pinned));
  const differences = await changes();
  if (differences.length > 0) throw codeChanged(differences);
  const collector = await startCollector({ store, storeId: randomUUID(), log, httpPort: 0, grpcPort: null });
  stack.defer(() => collector.close());
  const { httpUrl } = collector.status();
  const meter = await openMeter(spec, ledger);
  stack.defer(() => meter?.close());
  const target = stack.use(
    await openTarget(spec, {
      root: code.root,
      shared: code.environment,
      allowCommands: source.allowCommands,
      allowRealSideEffects: source.allowRealSideEffects,
      collector: httpUrl === null ? null : { url: httpUrl, projectId },
      resource: { [EVALUATION_TAG]: options.label },
      complete: completions(),
      meter,
    }),
  );
  const wait = spec.kind === "recorded" ? 0 : TRACE_WAIT_MS[spec.kind];
  const join = createTraceJoin(store.traces, projectId, wait);
  const [estimate, breaker] = [createRunEstimate(), createBreaker()];
  const places = createGate(target.concurrency);
  const gate = (await ledger.isCapped()) ? untilKnown(places, estimate) : places;
  const open = stack.move();
  return {
    concurrency: target.concurrency,
    isMetered: meter !== null,
    obtain: ({ scope, prompts }) => {
      const here = new Set<string>();
      const obtain = createObtain({
        ledger,
        evaluationId: scope,
        free: false,
        estimate,
        breaker,
        gate,
        run: (work, reserved) => {
          here.add(runKey(scope, work));
          return runExample(work.example, {
            target,
            allowance: meter ? createAllowance(reserveIn(ledger), reserved) : null,
            usdOfSilence: () => (meter?.isHeard() ? 0 : null),
            // A prompt that nobody has answered yet asks by itself; agents are given what the user says.
            asksItself: spec.kind === "prompt",
            join,
            traces: store.traces,
            projectId,
            label: options.label,
            sessionId: `${scope}.${work.example.id}.${work.repeat}`,
            prompts,
            signal,
          });
        },
      });
      return async (work) => {
        const record = await obtain(work);
        if (typeof record !== "string" && record.run.status === "ok" && !here.has(runKey(scope, work)))
          join.note(record.run.traceIds.length > 0);
        return record;
      };
    },
    hasChanged: async () => (await changes()).length > 0,
    notes: () => outsideNotes(meter),
    close: async () => open[Symbol.asyncDispose](),
  };
}

const codeChanged = (differences: readonly string[]): AppError =>
  new AppError("conflict", `The target is not what it was when this began: ${differences.join(", ")}`, {
    hint: "Start anew: what was run before must not be mixed with what runs now.",
  });
