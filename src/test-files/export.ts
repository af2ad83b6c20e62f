import type { Context } from "../context.ts";
import { findDataset } from "../datasets/find.ts";
import { readAllExamples } from "../datasets/merge.ts";
import { invalidInput } from "../errors.ts";
import { findSaved } from "../judges/judges-for.ts";
import type { Example } from "../model/example.ts";
import { JudgeSpec, type ResolvedJudge } from "../model/judge.ts";
import { entryOf, judgeEntry } from "./entries.ts";
import { TESTS_FORMAT, TestFile } from "./format.ts";
import { keptSetup, type TestSetup } from "./setup.ts";
import { pathText } from "./yaml-document.ts";
import { yamlText } from "./yaml-writer.ts";

type Exporting = Pick<Context, "store" | "project">;

export interface ExportTests {
  readonly dataset: string;
  /** Judges by name; default as the other fields, else those of the newest evaluation of the dataset. */
  readonly judges?: readonly string[] | undefined;
  readonly target?: string | undefined;
  readonly gates?: readonly string[] | undefined;
  /** The file that is written anew: what it says beside its tests is kept; else what the imported file said. */
  readonly before?: TestFile | undefined;
}

export interface ExportedTests {
  readonly text: string;
  /** NAME@VERSION. */
  readonly dataset: string;
  readonly tests: number;
  /** Holdout examples, which are not in it. */
  readonly sealed: number;
  readonly judges: readonly string[];
  /** Where the judges were taken from. */
  readonly judgesFrom: "named" | "file" | "evaluation" | "nowhere";
  /** Tests with media that are kept in the store and not in the file. */
  readonly withMedia: number;
}

const HEAD = [
  "Tests for Evalwright: evalwright eval FILE --target agent.yaml",
  "Written by evalwright export-tests; edit it as you like.",
];

async function specOf(context: Exporting, reference: string): Promise<JudgeSpec> {
  const found = await findSaved(context.store.records.versions, context.project.id, reference);
  return JudgeSpec.parse(typeof found === "string" ? { name: found } : found.body);
}

const referenceOf = ({ name, version }: ResolvedJudge): string =>
  version === null ? name : `${name}@${version}`;

/** What was last used with the dataset. */
async function lastUsed(context: Exporting, dataset: string) {
  const { items } = await context.store.records.evaluations.list({
    projectId: context.project.id,
    dataset,
    limit: 1,
  });
  return items[0]?.setup;
}

async function judgesOf(
  context: Exporting,
  { judges }: ExportTests,
  before: TestSetup | undefined,
  name: string,
) {
  const specs = (references: readonly string[]) =>
    Promise.all(references.map((reference) => specOf(context, reference)));
  if (judges) return { from: "named" as const, judges: await specs(judges) };
  if (before) return { from: "file" as const, judges: before.judges };
  const setup = await lastUsed(context, name);
  if (!setup) return { from: "nowhere" as const, judges: [] };
  return { from: "evaluation" as const, judges: await specs(setup.judges.map(referenceOf)) };
}

const hasMedia = ({ messages }: Example): boolean =>
  messages.some(({ parts }) => parts.some((part) => part.type === "media" && part.ref !== null));

/**
 * A dataset with judges as the text of a test file. The holdout stays sealed.
 * @throws AppError `not_found` for the dataset, `invalid_input` for a judge or a dataset of sealed examples alone.
 */
export async function exportTests(context: Exporting, input: ExportTests): Promise<ExportedTests> {
  const dataset = await findDataset(context, input.dataset);
  const { name, version, note, counts } = dataset;
  const open = await readAllExamples(context.store, context.project.id, name, version, [
    "train",
    "validation",
  ]);
  if (open.length === 0)
    throw invalidInput(
      `${name}@${version} has no example that can be exported`,
      `${counts.holdout} are in the sealed holdout.`,
    );
  const before = input.before ?? (await keptSetup(context, dataset));
  const { from, judges } = await judgesOf(context, input, before, name);
  const target = input.target ?? before?.target;
  const gates = input.gates ?? before?.gates ?? [];
  const description = input.before?.description ?? note ?? undefined;
  const value = {
    evalwright: TESTS_FORMAT,
    name,
    ...(description === undefined ? {} : { description }),
    ...(target === undefined ? {} : { target }),
    ...(gates.length > 0 ? { gates: [...gates] } : {}),
    ...(before?.primary === undefined ? {} : { primary: before.primary }),
    ...(judges.length > 0 ? { judges: judges.map(judgeEntry) } : {}),
    tests: open.map(entryOf),
  };
  checkReadable(value);
  return {
    text: await yamlText(value, { head: HEAD, spaced: ["judges", "tests"] }),
    dataset: `${name}@${version}`,
    tests: open.length,
    sealed: counts.holdout,
    judges: judges.map((judge) => judge.name),
    judgesFrom: from,
    withMedia: open.filter(hasMedia).length,
  };
}

function checkReadable(value: object): void {
  const issue = TestFile.safeParse(value).error?.issues[0];
  if (issue)
    throw invalidInput(
      `A test file cannot say this: ${pathText(issue.path)} ${issue.message}`,
      "Change it in the dataset, the judges or the options.",
    );
}
