import { invalidInput } from "../errors.ts";
import { isExpectationName } from "./expectations.ts";

export interface ColumnOptions {
  /** Columns that are inputs; default: those with a usual name, else all that are nothing else. */
  readonly inputColumns?: readonly string[] | undefined;
  /** Columns that are expectations besides those with a usual name. */
  readonly expectationColumns?: readonly string[] | undefined;
  /** The column that says which examples no split may part; default `group`. */
  readonly groupColumn?: string | undefined;
}

/** What the columns of a file, or the fields of a row, are read as. */
export interface ColumnUse {
  readonly inputs: readonly string[];
  readonly expectations: readonly string[];
  /** Read as what their name says: id, group, tags, turns, ... */
  readonly own: readonly string[];
  readonly unused: readonly string[];
}

const USUAL_INPUTS = ["inputs", "input", "question", "query", "prompt", "message", "goal"];

const OWN = new Set([
  "id",
  "tags",
  "turns",
  "messages",
  "expectations",
  "synthetic",
  "role",
  "recorded",
  "evalwright",
]);

const isInputPath = (name: string): boolean => /^inputs?\../.test(name);
const isExpectationPath = (name: string): boolean => /^expectations?\../.test(name);

/** Which column is what; named ones first, then `inputs.x` and the like, then usual names. */
export function useOfColumns(names: readonly string[], options: ColumnOptions): ColumnUse {
  const { inputColumns = [], expectationColumns = [], groupColumn = "group" } = options;
  const isInput = (name: string) => inputColumns.includes(name);
  const isExpectation = (name: string) =>
    !isInput(name) &&
    (expectationColumns.includes(name) || isExpectationPath(name) || isExpectationName(name));
  const isOwn = (name: string) => OWN.has(name) || name === groupColumn || /^tags\../.test(name);
  const expectations = names.filter(isExpectation);
  const own = names.filter((name) => !isInput(name) && !expectations.includes(name) && isOwn(name));
  const free = names.filter((name) => !expectations.includes(name) && !own.includes(name));
  const inputs = inputsAmong(free, inputColumns);
  return { inputs, expectations, own, unused: free.filter((name) => !inputs.includes(name)) };
}

function inputsAmong(free: readonly string[], chosen: readonly string[]): readonly string[] {
  if (chosen.length > 0) return free.filter((name) => chosen.includes(name));
  const paths = free.filter(isInputPath);
  if (paths.length > 0) return paths;
  if (free.includes("inputs")) return ["inputs"];
  const usual = free.filter((name) => USUAL_INPUTS.includes(name.toLowerCase()));
  // What has no usual name at all is an input: a file of own columns needs no mapping. A split is drawn, never stated.
  return usual.length > 0 ? usual : free.filter((name) => name !== "split");
}

/**
 * That each column which was named is there.
 * @throws AppError `invalid_input` that names the first which is not.
 */
export function checkColumns(names: ReadonlySet<string>, options: ColumnOptions): void {
  const { inputColumns = [], expectationColumns = [], groupColumn } = options;
  const named = [...inputColumns, ...expectationColumns, ...(groupColumn === undefined ? [] : [groupColumn])];
  const missing = named.find((name) => !names.has(name));
  if (missing === undefined) return;
  throw invalidInput(
    `The file has no column "${missing.slice(0, 80)}" in any of its rows`,
    "Names must be equal to the letter; dryRun without inputColumns, expectationColumns and groupColumn shows which columns there are.",
  );
}
