import { resolve } from "node:path";
import { renderAnswer } from "../app/call-tool.ts";
import type { Context } from "../context.ts";
import { findDataset } from "../datasets/find.ts";
import { openExamples } from "../datasets/open-examples.ts";
import { saveDataset } from "../datasets/save.ts";
import { listDatasets } from "../datasets/show.ts";
import { rowOf } from "../datasets/to-row.ts";
import { invalidInput } from "../errors.ts";
import { datasetName } from "../model/example.ts";
import { printAnswer } from "./print.ts";
import { withApp } from "./with-app.ts";
import { writeOutput } from "./write-output.ts";

export interface DatasetOptions {
  readonly project?: string;
  readonly out?: string;
  readonly yes?: boolean;
  readonly input?: readonly string[];
  readonly expectation?: readonly string[];
  readonly group?: string;
  readonly synthetic?: boolean;
  /** False with --no-holdout. */
  readonly holdout?: boolean;
  readonly note?: string;
  readonly dryRun?: boolean;
}

/** Adds the rows of a file, as save_dataset does. */
async function save(context: Context, name: string, file: string | undefined, options: DatasetOptions) {
  if (file === undefined)
    throw invalidInput("A file is needed", "evalwright dataset save NAME FILE, a CSV, JSON or JSONL file.");
  const answer = await saveDataset(context, {
    name: datasetNameOf(name),
    path: resolve(file),
    inputColumns: options.input,
    expectationColumns: options.expectation,
    groupColumn: options.group,
    synthetic: options.synthetic ?? false,
    holdout: options.holdout === false ? false : undefined,
    note: options.note,
    dryRun: options.dryRun ?? false,
    level: "sessions",
    limit: 100,
    addPassing: 0,
  });
  printAnswer(renderAnswer(answer));
}

function datasetNameOf(text: string): string {
  const { data } = datasetName.safeParse(text);
  if (data === undefined)
    throw invalidInput(
      `"${text.slice(0, 80)}" is no name of a dataset`,
      "Lower-case letters, digits, _ . and -; versions are counted by themselves.",
    );
  return data;
}

/** The open examples, one JSON object a line, in the form that save_dataset reads. The holdout stays sealed. */
async function exportDataset(context: Context, reference: string, out: string | undefined): Promise<void> {
  const dataset = await findDataset(context, reference);
  const { name, version, counts } = dataset;
  const examples = await openExamples(context, dataset);
  const text = examples.map((example) => `${JSON.stringify(rowOf(example))}\n`).join("");
  if (out === undefined) process.stdout.write(text);
  else await writeOutput(out, text);
  process.stderr.write(
    `${examples.length} examples of ${name}@${version}; ${counts.examples - examples.length} holdout examples are sealed and not exported\n`,
  );
}

async function retire(context: Context, reference: string, yes: boolean | undefined): Promise<void> {
  const { name, counts, retiredUs } = await findDataset(context, reference);
  if (retiredUs !== null) {
    console.log(`The holdout of ${name} is retired since ${new Date(retiredUs / 1_000).toISOString()}.`);
    return;
  }
  if (!yes) {
    console.log(
      `Would retire the holdout of ${name}: ${counts.holdout} examples become readable, and no look at them counts any more. Repeat with --yes.`,
    );
    return;
  }
  const retired = await context.store.records.datasets.retireHoldout(context.project.id, name);
  console.log(`Retired the holdout of ${name}: ${retired.examples} examples, ${retired.sessions} sessions.`);
}

/** `evalwright dataset list | save NAME FILE | export NAME | retire-holdout NAME`. */
export async function datasetCommand(
  action: string,
  name: string | undefined,
  file: string | undefined,
  options: DatasetOptions,
): Promise<void> {
  await withApp(options, async (context) => {
    if (action === "list") printAnswer(renderAnswer(await listDatasets(context, { name, limit: 100 })));
    else if (name === undefined)
      throw invalidInput("A dataset is needed", "evalwright dataset list shows them.");
    else if (action === "save") await save(context, name, file, options);
    else if (action === "export") await exportDataset(context, name, options.out);
    else if (action === "retire-holdout") await retire(context, name, options.yes);
    else
      throw invalidInput(
        `"${action.slice(0, 40)}" is no action`,
        "Actions: list, save, export, retire-holdout.",
      );
  });
}
