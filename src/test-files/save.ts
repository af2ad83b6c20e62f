import type { Context } from "../context.ts";
import { readAllExamples } from "../datasets/merge.ts";
import { withSplits } from "../datasets/splits.ts";
import { hashOfVersion } from "../datasets/version-hash.ts";
import { AppError } from "../errors.ts";
import { findBuiltin } from "../judges/catalogue.ts";
import type { JudgeRef } from "../judges/judges-for.ts";
import { resolveJudge } from "../judges/resolve.ts";
import { unknownJudge } from "../judges/resolve-builtin.ts";
import { judgeSurroundings, keepJudge } from "../judges/save.ts";
import type { DatasetVersion, Example } from "../model/example.ts";
import { draftOf, isPlain } from "./entries.ts";
import type { ReadTests } from "./read.ts";
import { keepSetup } from "./setup.ts";

type Saving = Pick<Context, "store" | "project">;

export interface SavedTests {
  readonly dataset: DatasetVersion;
  /** False: the project had this very version already. */
  readonly created: boolean;
  /** For an evaluation: saved judges by version, built-in ones written out. */
  readonly judges: readonly JudgeRef[];
  /** Names of the judges in the file. */
  readonly judgeNames: readonly string[];
  /** Tests whose group has another split in this project than the file says. */
  readonly moved: number;
  /** Tests that belong to this project's holdout: sealed, and not run. */
  readonly sealed: number;
}

/** @throws AppError `invalid_input` that names the line of the first judge that cannot be used. */
async function checkJudges({ file, yaml }: ReadTests): Promise<void> {
  const surroundings = await judgeSurroundings();
  for (const [i, spec] of file.judges.entries()) {
    try {
      if (isPlain(spec) && !findBuiltin(spec.name)) throw unknownJudge(spec.name);
      await resolveJudge(spec, surroundings);
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      throw new AppError(
        error.code,
        `${yaml.what}, line ${yaml.lineOf(["judges", i])}: judges[${i}]: ${error.message}`,
        { hint: error.hint, cause: error },
      );
    }
  }
}

const isSealed = ({ split }: Example): boolean => split === "holdout";

/**
 * The next version: the file's tests in the places of the open examples, and between them the sealed ones that the
 * dataset has; a file holds none. A test with the id of a sealed example is that one.
 */
function besideHoldout(base: readonly Example[], tests: readonly Example[]): Example[] {
  const sealed = new Set(base.filter(isSealed).map(({ id }) => id));
  const rest = tests.filter(({ id }) => !sealed.has(id));
  const next: Example[] = [];
  let taken = 0;
  for (const example of base) {
    if (isSealed(example)) next.push(example);
    else if (taken < rest.length) next.push(...rest.slice(taken, ++taken));
  }
  return [...next, ...rest.slice(taken)];
}

/** The version of the dataset that has this hash, and still all of its examples. */
async function findVersion(
  { store, project }: Saving,
  name: string,
  hash: string,
  examples: number,
): Promise<DatasetVersion | undefined> {
  let cursor: string | undefined;
  do {
    const page = await store.records.datasets.list({ projectId: project.id, name, limit: 100, cursor });
    const found = page.items.find((version) => version.hash === hash && version.counts.examples === examples);
    if (found) return found;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return undefined;
}

async function saveDatasetOf(context: Saving, { file }: ReadTests, name: string) {
  const { datasets } = context.store.records;
  const projectId = context.project.id;
  await context.store.records.ensureProject(context.project);
  // The file lies open: sealing a part of it would keep nothing secret.
  const tests = await withSplits(context.store, projectId, file.tests.map(draftOf), {
    holdout: false,
    record: true,
  });
  const newest = await datasets.get(projectId, name);
  const base =
    newest && newest.counts.holdout > 0
      ? await readAllExamples(context.store, projectId, name, newest.version)
      : [];
  const examples = besideHoldout(base, tests);
  const hash = hashOfVersion(examples);
  const known = await findVersion(context, name, hash, examples.length);
  const { version, created } = known
    ? { version: known, created: false }
    : await datasets.save({ projectId, name, hash, note: file.description ?? null }, examples);
  const sealedIds = new Set(examples.filter(isSealed).map(({ id }) => id));
  return {
    dataset: version,
    created,
    moved: tests.filter((test, i) => {
      const said = file.tests[i]?.split;
      return said !== undefined && test.split !== said && !isSealed(test);
    }).length,
    sealed: tests.filter(({ id }) => sealedIds.has(id)).length,
  };
}

/**
 * Keeps a file of tests in the project: its judges as versions, its tests as a version of the dataset `name`. The same
 * content is the same version. Examples that the dataset has in its sealed holdout stay in it.
 * @throws AppError `invalid_input` for a judge that cannot be used, `conflict` for tests from deleted traces; nothing
 * is kept then.
 */
export async function saveTests(context: Saving, read: ReadTests, name: string): Promise<SavedTests> {
  await checkJudges(read);
  const dataset = await saveDatasetOf(context, read, name);
  const judges: JudgeRef[] = [];
  for (const spec of read.file.judges) {
    if (isPlain(spec)) judges.push(spec);
    else {
      const { record } = await keepJudge(context, spec);
      judges.push(`${record.name}@${record.version}`);
    }
  }
  await keepSetup(context, dataset.dataset, read.file);
  return { ...dataset, judges, judgeNames: read.file.judges.map((spec) => spec.name) };
}
