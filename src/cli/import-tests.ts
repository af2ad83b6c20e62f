import { stat } from "node:fs/promises";
import { invalidInput } from "../errors.ts";
import { datasetName } from "../model/example.ts";
import { type LoadedTests, loadTests } from "../test-files/load.ts";
import type { Note } from "../test-files/promptfoo/notes.ts";
import type { PromptTargetFile } from "../test-files/promptfoo/prompts.ts";
import { type SavedTests, saveTests } from "../test-files/save.ts";
import { yamlText } from "../test-files/yaml-writer.ts";
import { withApp } from "./with-app.ts";
import { writeOutput } from "./write-output.ts";

export interface ImportTestsOptions {
  readonly project?: string;
  readonly name?: string;
  readonly out?: string;
  readonly targetOut?: string;
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

/** What of a promptfoo configuration has no counterpart, or another meaning, here. */
export const noteLines = (notes: readonly Note[]): string[] =>
  notes.map(({ what, count }) => `note: ${count} × ${what}`);

/** Nothing that is there is written over. */
async function writeNew(path: string, text: string): Promise<void> {
  if (await stat(path).catch(() => undefined))
    throw invalidInput(`${path.slice(-200)} exists already`, "Name another file, or delete it.");
  await writeOutput(path, text);
}

/** `agent.yaml`, or `agent-1.yaml`, `agent-2.yaml` where there are several. */
const numbered = (path: string, i: number, of: number): string =>
  of === 1 ? path : path.replace(/(\.[^./\\]*)?$/, `-${i + 1}$1`);

async function writeTargets(path: string, targets: readonly PromptTargetFile[]): Promise<string[]> {
  if (targets.length === 0)
    throw invalidInput(
      "There is no prompt that can be written as a target",
      "Leave out --target-out; the notes say why.",
    );
  const lines: string[] = [];
  for (const [i, { label, content }] of targets.entries()) {
    const file = numbered(path, i, targets.length);
    const head = ["Target file for Evalwright: model is the name of an endpoint in models.yaml."];
    await writeNew(file, await yamlText(content, { head, spaced: [] }));
    lines.push(`target ${file}: ${label.replaceAll(/\p{C}/gu, "?").slice(0, 120)}`);
  }
  return lines;
}

async function writeFiles(tests: LoadedTests, { out, targetOut }: ImportTestsOptions): Promise<string[]> {
  const targets = tests.converted?.targets ?? [];
  const lines = noteLines(tests.converted?.notes ?? []);
  if (targetOut !== undefined) lines.push(...(await writeTargets(targetOut, targets)));
  else if (targets.length > 0)
    lines.push(`${targets.length} prompts can be written as target files with --target-out agent.yaml`);
  if (out !== undefined) {
    await writeNew(out, tests.text);
    lines.push(`written ${out}`);
  }
  return lines;
}

/** `evalwright import-tests`: a file of tests, ours or promptfoo's, as a dataset and judges of the project. */
export async function importTestsCommand(path: string, options: ImportTestsOptions): Promise<void> {
  const { name } = options;
  if (name !== undefined && !datasetName.safeParse(name).success)
    throw invalidInput("--name is no name of a dataset", "Lower-case letters, digits, _ . and -.");
  await withApp(options, async (context) => {
    const tests = await loadTests(path, process.cwd());
    const saved = await saveTests(context, tests, name ?? tests.name);
    const lines = await writeFiles(tests, options);
    if (options.json) {
      const { dataset, created, judgeNames, moved, sealed } = saved;
      const { counts } = dataset;
      const about = { dataset: `${dataset.name}@${dataset.version}`, created, counts, judges: judgeNames };
      console.log(JSON.stringify({ ...about, moved, sealed, notes: tests.converted?.notes ?? [] }));
    } else for (const line of [...savedLines(saved), ...lines]) console.log(line);
  });
}
