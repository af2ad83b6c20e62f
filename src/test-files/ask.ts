import type { Context } from "../context.ts";
import { type Gate, parseGate } from "../evaluation/gates.ts";
import type { JudgeRef } from "../judges/judges-for.ts";
import { loadTests } from "./load.ts";
import type { Note } from "./promptfoo/notes.ts";
import { type SavedTests, saveTests } from "./save.ts";

export interface Overrides {
  readonly target?: string | undefined;
  readonly judge?: readonly string[] | undefined;
  readonly gate?: readonly string[] | undefined;
  readonly primary?: string | undefined;
  readonly reuse?: string | undefined;
}

export interface AskedOfFile {
  readonly saved: SavedTests;
  /** What of a promptfoo configuration has no counterpart here. */
  readonly notes: readonly Note[];
  readonly dataset: string;
  readonly target?: string;
  readonly judge?: readonly JudgeRef[];
  readonly gate?: readonly string[];
  readonly primary?: string;
}

const nameOf = (judge: JudgeRef): string =>
  typeof judge === "string" ? judge.replace(/@\d+$/, "") : judge.name;

/** The judges to run: those named, of the file where it has them, else the file's and what gates name beyond them. */
function judgesOf(
  own: readonly JudgeRef[],
  named: readonly string[] | undefined,
  gates: readonly Gate[],
): readonly JudgeRef[] {
  const find = (name: string): JudgeRef => own.find((judge) => nameOf(judge) === name) ?? name;
  if (named) return named.map(find);
  const beyond = new Set(gates.map(({ judge }) => judge).filter((name) => find(name) === name));
  return [...own, ...[...beyond].filter((name) => !own.some((judge) => nameOf(judge) === name))];
}

/**
 * Saves a file of tests in the project and gives what an evaluation of it is of: options first, else what the file says.
 * @throws AppError `invalid_input` for a file, judge or gate that cannot be used.
 */
export async function askOf(context: Context, path: string, options: Overrides): Promise<AskedOfFile> {
  const tests = await loadTests(path, process.cwd());
  const gates = options.gate ?? tests.file.gates;
  const parsed = gates.map(parseGate);
  const saved = await saveTests(context, tests, tests.name);
  const judges = judgesOf(saved.judges, options.judge, parsed);
  const target = options.target ?? (options.reuse === undefined ? tests.file.target : undefined);
  const primary = options.primary ?? tests.file.primary;
  return {
    saved,
    notes: tests.converted?.notes ?? [],
    dataset: `${saved.dataset.name}@${saved.dataset.version}`,
    ...(target === undefined ? {} : { target }),
    ...(judges.length > 0 ? { judge: judges } : {}),
    ...(gates.length > 0 ? { gate: gates } : {}),
    ...(primary === undefined ? {} : { primary }),
  };
}
