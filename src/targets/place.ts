import type { Meter } from "../metering/meter.ts";
import type { PlacedTarget } from "../model/target.ts";
import { type CollectorAddress, configuredVariables, targetEnvironment } from "./environment.ts";
import { placeInside } from "./repository.ts";
import { newTemporaryFolder, removeAbandoned, removeFolder } from "./temporary-folder.ts";

/** Where a target's programs run, and with what. */
export interface Place {
  readonly cwd: string;
  /** A folder of ours outside the repository, gone when the target is closed. */
  readonly temporary: string;
  readonly graceMs: number;
  /** Variables that the target asked for: what its headers may name. */
  readonly configured: Readonly<Record<string, string>>;
  /** Names that it asked for and that are not set. */
  readonly missing: readonly string[];
  /** Counts the model calls of its programs. */
  readonly meter: Meter | null;
  environment(resource: Readonly<Record<string, string>>): Record<string, string>;
  close(): Promise<void>;
}

export interface PlaceOptions {
  /** Real path of the repository, worktree or snapshot. */
  readonly root: string;
  readonly host: NodeJS.ProcessEnv;
  readonly collector: CollectorAddress | null;
  /** Resource attributes of all spans, such as the id of the evaluation. */
  readonly resource: Readonly<Record<string, string>>;
  /** Paths that a copy of the repository needs; see `Shared`. */
  readonly shared: Readonly<Record<string, string>>;
  readonly graceMs: number;
  readonly meter: Meter | null;
}

/** @throws AppError `invalid_input` when the folder or the envFile is not in the repository. */
export async function openPlace(spec: PlacedTarget, options: PlaceOptions): Promise<Place> {
  const { root, host, collector, shared, graceMs, meter } = options;
  const cwd = await placeInside(root, spec.cwd ?? ".", "cwd");
  const { variables, missing } = await configuredVariables(spec, root, host);
  await removeAbandoned("run");
  const temporary = await newTemporaryFolder("run");
  return {
    cwd,
    temporary,
    graceMs,
    configured: variables,
    missing,
    meter,
    environment: (resource) =>
      targetEnvironment({
        host,
        configured: variables,
        collector,
        shared,
        resource: { ...options.resource, ...resource },
      }),
    close: () => removeFolder(temporary),
  };
}
