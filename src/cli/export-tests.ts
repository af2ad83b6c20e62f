import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { invalidInput } from "../errors.ts";
import { parseReference } from "../reference.ts";
import { type ExportedTests, exportTests } from "../test-files/export.ts";
import type { TestFile } from "../test-files/format.ts";
import { fileText, readTests } from "../test-files/read.ts";
import { withApp } from "./with-app.ts";
import { writeOutput } from "./write-output.ts";

export interface ExportTestsOptions {
  readonly project?: string;
  readonly out?: string;
  readonly judge?: readonly string[];
  readonly target?: string;
  readonly gate?: readonly string[];
}

/** The file that is there already; anything but tests of the dataset is not written over. */
async function fileBefore(out: string | undefined, dataset: string): Promise<TestFile | undefined> {
  if (out === undefined || !(await stat(out).catch(() => undefined))) return undefined;
  const file = await testsIn(out);
  const { name } = parseReference(dataset);
  if (file.name !== undefined && file.name !== name)
    throw invalidInput(
      `${out.slice(-200)} holds tests of "${file.name}"`,
      "Name another file, or delete it.",
    );
  return file;
}

async function testsIn(out: string): Promise<TestFile> {
  try {
    return (await readTests(await fileText(resolve(out), out), out)).file;
  } catch (cause) {
    throw invalidInput(
      `${out.slice(-200)} exists and is no file of tests`,
      `Name another file, or mend it. ${cause instanceof Error ? cause.message : ""}`.trim(),
    );
  }
}

const FROM: Readonly<Record<ExportedTests["judgesFrom"], string>> = {
  named: "",
  file: " (as the file had them)",
  evaluation: " (those of the newest evaluation)",
  nowhere: "",
};

/** What is not in the file is told, on stderr: stdout may be the file. */
function tell({ dataset, tests, sealed, judges, judgesFrom, withMedia }: ExportedTests): void {
  const lines = [
    `${tests} tests of ${dataset}`,
    `judges: ${judges.length > 0 ? judges.join(", ") + FROM[judgesFrom] : "none; name them with --judge"}`,
    ...(sealed > 0 ? [`${sealed} holdout examples are sealed and not exported`] : []),
    ...(withMedia > 0
      ? [`${withMedia} tests refer to media by hash; the media themselves are not in it`]
      : []),
  ];
  process.stderr.write(lines.map((line) => `${line}\n`).join(""));
}

/** `evalwright export-tests`: a dataset with its judges as a file for the user's repository. */
export async function exportTestsCommand(dataset: string, options: ExportTestsOptions): Promise<void> {
  const { out, judge: judges, target, gate: gates } = options;
  await withApp(options, async (context) => {
    const before = await fileBefore(out, dataset);
    const exported = await exportTests(context, { dataset, judges, target, gates, before });
    if (out === undefined) process.stdout.write(exported.text);
    else await writeOutput(out, exported.text);
    tell(exported);
  });
}
