import { resolve } from "node:path";
import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import { AppError, invalidInput } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import type { DatasetVersion } from "../model/example.ts";
import type { JsonObject } from "../model/json.ts";
import { workingFolder } from "../project.ts";
import type { ColumnUse } from "./columns.ts";
import type { Draft } from "./draft.ts";
import { fromFile } from "./from-file.ts";
import { draftFromRow, type RowOptions } from "./from-row.ts";
import { fromTraces } from "./from-traces.ts";
import { type ExampleEdit, type Merged, mergeExamples, readAllExamples } from "./merge.ts";
import { type Collected, savedAnswer } from "./saved-answer.ts";
import { withSplits } from "./splits.ts";
import { hashOfVersion } from "./version-hash.ts";

export interface SaveDataset {
  readonly name: string;
  readonly note?: string | undefined;
  readonly filter?: string | undefined;
  readonly level: "traces" | "sessions";
  readonly limit: number;
  readonly addPassing: number;
  readonly examples?: readonly JsonObject[] | undefined;
  readonly path?: string | undefined;
  readonly inputColumns?: readonly string[] | undefined;
  readonly expectationColumns?: readonly string[] | undefined;
  readonly groupColumn?: string | undefined;
  readonly synthetic: boolean;
  readonly edit?: readonly ExampleEdit[] | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly holdout?: boolean | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
  readonly maxTokens?: number | undefined;
}

type Saving = Pick<Context, "store" | "project" | "now">;

async function collect(context: Saving, input: SaveDataset): Promise<Collected> {
  const options: RowOptions = input;
  const drafts: Draft[] = [];
  const notes: JsonObject = {};
  let columns: ColumnUse | null = null;
  if (input.filter !== undefined) {
    const { filter, level, limit, addPassing } = input;
    const scope = { store: context.store, projectId: context.project.id, nowUs: context.now() };
    const drawn = await fromTraces(scope, { filter, level, limit, addPassing });
    drafts.push(...drawn.drafts);
    if (drawn.matching !== null) notes["matching"] = drawn.matching;
    if (drawn.cut > 0) notes["onlyFirst500TracesOf"] = drawn.cut;
    if (drawn.unusable > 0) notes["withoutQuestion"] = drawn.unusable;
    if (drawn.omitted.length > 0) notes["leftOut"] = drawn.omitted.map((omission) => ({ ...omission }));
  }
  if (input.path !== undefined) {
    const file = await fromFile(resolve(workingFolder(), input.path), options);
    for (const draft of file.drafts) drafts.push(draft);
    if (file.skipped.length > 0) notes["skippedRows"] = [...file.skipped];
    if (file.short !== null) notes["shortRows"] = file.short;
    columns = file.columns;
  }
  for (const [i, row] of (input.examples ?? []).entries()) {
    const draft = draftFromRow(row, options);
    if (typeof draft === "string")
      throw invalidInput(
        `examples[${i}] is no example: ${draft}`,
        "Each example needs inputs (an object or a text) or turns; messages are [{role, content}].",
      );
    drafts.push(draft);
  }
  return { drafts, notes, columns };
}

/**
 * save_dataset: collects examples from traces, a file and arguments, adds them to the newest version (or makes the
 * first), applies edits, and keeps the outcome as the next version.
 * @throws AppError `invalid_input` when nothing is given or what is given is not usable.
 */
export async function saveDataset(context: Saving, input: SaveDataset): Promise<Answer> {
  const collected = await collect(context, input);
  const { drafts } = collected;
  const edits = input.edit ?? [];
  const removed = input.remove ?? [];
  if (drafts.length + edits.length + removed.length === 0)
    throw invalidInput(
      input.filter === undefined
        ? "Nothing was given to save"
        : "Nothing that matches the filter makes an example",
      "Give filter, path, examples, edit or remove.",
    );
  const { newest, merged } = await merge(context, input, drafts);
  if (input.dryRun)
    return savedAnswer(context, input, merged, { version: null, created: false, newest }, collected);
  await context.store.records.ensureProject(context.project);
  const made = await keep(context, input, drafts, { newest, merged });
  return savedAnswer(context, input, made.merged, made, collected);
}

interface Made {
  readonly newest: DatasetVersion | undefined;
  readonly merged: Merged;
}

/** What the dataset would be, of its newest version and what is to be changed. */
async function merge(context: Saving, input: SaveDataset, drafts: readonly Draft[]): Promise<Made> {
  const { store, project } = context;
  const newest = await store.records.datasets.get(project.id, input.name);
  const base = newest ? await readAllExamples(store, project.id, input.name, newest.version) : [];
  const { edit: edits = [], remove: removed = [] } = input;
  const isRetired = newest !== undefined && newest.retiredUs !== null;
  // What is wrong with the edits is said before a group gets its split for good.
  mergeExamples(base, { added: [], edits, removed }, isRetired);
  const added = await withSplits(store, project.id, drafts, {
    holdout: input.holdout,
    record: !input.dryRun,
  });
  return { newest, merged: mergeExamples(base, { added, edits, removed }, isRetired) };
}

/** Somebody else may save a version meanwhile: then ours is made of theirs. */
async function keep(
  context: Saving,
  input: SaveDataset,
  drafts: readonly Draft[],
  first: Made,
): Promise<Made & { readonly version: DatasetVersion; readonly created: boolean }> {
  const { datasets } = context.store.records;
  const projectId = context.project.id;
  const idempotency =
    input.idempotencyKey === undefined
      ? undefined
      : { key: `dataset:${input.idempotencyKey}`, argsHash: hashOf(JSON.parse(JSON.stringify(input))) };
  for (let made = first; ; made = await merge(context, input, drafts)) {
    const { newest, merged } = made;
    const [name, note, after] = [input.name, input.note ?? null, newest?.version ?? null];
    try {
      const version = { projectId, name, hash: hashOfVersion(merged.examples), note, after };
      return { ...made, ...(await datasets.save(version, merged.examples, idempotency)) };
    } catch (error) {
      const now = await datasets.get(projectId, name);
      if (!(error instanceof AppError && error.code === "conflict") || now?.version === newest?.version)
        throw error;
    }
  }
}
