import { contextFor } from "../app/app.ts";
import { openApp } from "../app/open.ts";
import { invalidInput } from "../errors.ts";
import { datasetName } from "../model/example.ts";
import { loadTests } from "../test-files/load.ts";
import { type SavedTests, saveTests } from "../test-files/save.ts";

export interface ImportTestsOptions {
  readonly project?: string;
  readonly name?: string;
  readonly json?: boolean;
}

/** What a file became here, one line each; also for `eval FILE`. */
export function savedLines({ dataset, created, judgeNames, moved, sealed }: SavedTests): string[] {
  const { train, validation } = dataset.counts;
  return [
    `dataset ${dataset.name}@${dataset.version}: ${train} train, ${validation} validation${created ? "" : " (as it was)"}`,
    ...(judgeNames.length > 0 ? [`judges: ${judgeNames.join(", ")}`] : []),
    ...(moved > 0
      ? [`${moved} tests keep the split that their group has in this project, not the one in the file`]
      : []),
    ...(sealed > 0 ? [`${sealed} tests belong to this project's holdout: sealed, and not run`] : []),
  ];
}

/** `evalwright import-tests`: a file of tests as a dataset and judges of the project. */
export async function importTestsCommand(path: string, options: ImportTestsOptions): Promise<void> {
  const { name } = options;
  if (name !== undefined && !datasetName.safeParse(name).success)
    throw invalidInput("--name is no name of a dataset", "Lower-case letters, digits, _ . and -.");
  const app = await openApp({ project: options.project, quiet: true });
  try {
    const context = await contextFor(app, undefined, {
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    const tests = await loadTests(path, process.cwd());
    const saved = await saveTests(context, tests, name ?? tests.name);
    if (options.json) {
      const { dataset, created, judgeNames, moved, sealed } = saved;
      const reference = `${dataset.name}@${dataset.version}`;
      console.log(
        JSON.stringify({
          dataset: reference,
          created,
          counts: dataset.counts,
          judges: judgeNames,
          moved,
          sealed,
        }),
      );
    } else for (const line of savedLines(saved)) console.log(line);
  } finally {
    await app.store[Symbol.asyncDispose]();
  }
}
