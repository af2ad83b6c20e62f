import { invalidInput } from "../errors.ts";
import type { Meter } from "../metering/meter.ts";
import type { PlacedTarget, RunnableTarget, TargetSpec } from "../model/target.ts";
import { commandRunner } from "./command.ts";
import type { Complete } from "./complete.ts";
import type { CollectorAddress } from "./environment.ts";
import { httpRunner } from "./http.ts";
import { type Permissions, permitted } from "./permission.ts";
import { openPlace, type Place } from "./place.ts";
import { endOrphans } from "./process-tree.ts";
import { promptRunner } from "./prompt.ts";
import { createReset } from "./reset.ts";
import type { Runner } from "./runner.ts";
import { type OpenTarget, serve } from "./serve.ts";
import { workerRunner } from "./worker.ts";

const GRACE_MS = 2_000;

export interface TargetOptions extends Permissions {
  /** Real path of the repository, or of its copy at another commit: what paths in the target are relative to. */
  readonly root: string;
  /** Where programs send their spans; default nowhere. */
  readonly collector?: CollectorAddress | null | undefined;
  /** Resource attributes of the spans of programs, such as `evalwright.run`. */
  readonly resource?: Readonly<Record<string, string>> | undefined;
  /** `environment` of a copy of the repository, when `root` is one. */
  readonly shared?: Readonly<Record<string, string>> | undefined;
  /** Asks the model of a prompt target. */
  readonly complete?: Complete | undefined;
  /** Counts the model calls of a target whose file has `meter`. Whoever opened it closes it. */
  readonly meter?: Meter | null | undefined;
  /** Environment to pick from; default that of this process. */
  readonly host?: NodeJS.ProcessEnv | undefined;
  /** Milliseconds between asking programs to end and forcing them; default 2,000. */
  readonly graceMs?: number | undefined;
}

/**
 * Makes a target ready to run; programs start with the first run.
 * @throws AppError `refused` when the caller may not run it, `invalid_input` when what it names is not there.
 */
export async function openTarget(spec: TargetSpec, options: TargetOptions): Promise<OpenTarget> {
  const target = permitted(spec, options);
  return target.kind === "prompt" ? openPrompt(target, options) : openPlaced(target, options);
}

function openPrompt(spec: RunnableTarget & { kind: "prompt" }, { complete }: TargetOptions): OpenTarget {
  if (!complete) {
    throw invalidInput(
      "A prompt target needs a model endpoint, and none is configured",
      "Configure the endpoint that its `model` names, or run the agent itself as a command.",
    );
  }
  return serve({
    runner: promptRunner(spec, complete),
    concurrency: spec.concurrency,
    missingVariables: [],
    reset: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  });
}

async function openPlaced(spec: PlacedTarget, options: TargetOptions): Promise<OpenTarget> {
  await endOrphans();
  const meter = options.meter ?? null;
  const place = await openPlace(spec, {
    root: options.root,
    host: options.host ?? process.env,
    collector: options.collector ?? null,
    resource: options.resource ?? {},
    shared: options.shared ?? {},
    graceMs: options.graceMs ?? GRACE_MS,
    meter,
  });
  try {
    const reset = createReset(spec, place);
    return serve({
      runner: runnerOf(spec, place),
      concurrency: spec.reset?.before === "example" ? 1 : spec.concurrency,
      missingVariables: place.missing,
      meter,
      reset: reset.beforeExample,
      async close() {
        await reset.close();
        await place.close();
      },
    });
  } catch (error) {
    await place.close();
    throw error;
  }
}

function runnerOf(spec: PlacedTarget, place: Place): Runner {
  switch (spec.kind) {
    case "command":
      return commandRunner(spec, place);
    case "worker":
      return workerRunner(spec, place);
    case "http":
      return httpRunner(spec, place);
  }
}
