import { AppError, invalidInput } from "../errors.ts";
import type { RunnableTarget, TargetSpec } from "../model/target.ts";

/** What whoever runs Evalwright allows targets to do. */
export interface Permissions {
  /** Programs may run on this machine: false in a server for others, unless its operator said so. */
  readonly allowCommands: boolean;
  /** Targets whose `sideEffects` are `real` may run; default false. */
  readonly allowRealSideEffects?: boolean | undefined;
  /** Where commands are not allowed: the hosts (`name` or `name:port`) that may be called; default none. */
  readonly allowHosts?: readonly string[] | undefined;
}

/**
 * The target, when it may run.
 * @throws AppError `refused` for what is not allowed here, `invalid_input` for a recorded target, which does not run.
 */
export function permitted(spec: TargetSpec, permissions: Permissions): RunnableTarget {
  if (spec.kind === "recorded") {
    throw invalidInput(
      "A recorded target does not run: its results are traces that exist",
      "Evaluate it without running, or name a target of another kind.",
    );
  }
  if (spec.sideEffects === "real" && permissions.allowRealSideEffects !== true) {
    throw new AppError("refused", "The target says that its runs have real side effects", {
      hint: 'Point it at a sandbox and write "sideEffects": "sandboxed", or allow real side effects explicitly.',
    });
  }
  if (permissions.allowCommands) return spec;
  const runsProgram = spec.kind === "command" || spec.kind === "worker";
  if (runsProgram || (spec.kind === "http" && spec.reset)) {
    throw new AppError("refused", "Commands do not run through this server", {
      hint: "Its operator can allow them; or run the evaluation on the machine that has the repository.",
    });
  }
  if (spec.kind === "http") checkHost(new URL(spec.url), permissions.allowHosts ?? []);
  return spec;
}

function checkHost(url: URL, allowed: readonly string[]): void {
  const names = allowed.map((name) => name.toLowerCase());
  if (names.includes(url.hostname) || names.includes(url.host)) return;
  throw new AppError("refused", "This server may not call the host of the target's url", {
    hint: "Its operator can allow the host by name.",
  });
}
