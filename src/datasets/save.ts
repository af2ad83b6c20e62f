import { resolve } from "node:path";
import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import type { JsonObject } from "../model/json.ts";
import { workingFolder } from "../project.ts";
import type { ColumnUse } from "./columns.ts";
import type { Draft } from "./draft.ts";
import { fromFile } from "./from-file.ts";
import { draftFromRow, type RowOptions } from "./from-row.ts";
import { fromTraces } from "./from-traces.ts";
import { type ExampleEdit, mergeExamples, readAllExamples } from "./merge.ts";
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
    if (!draft)
      throw invalidInput(
        `examples[${i}] has no inputs`,
        "Each example needs inputs (an object or a text) or turns.",
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
  const { datasets } = context.store.records;
  const projectId = context.project.id;
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
  const newest = await datasets.get(projectId, input.name);
  const base = newest ? await readAllExamples(context.store, projectId, input.name, newest.version) : [];
  const added = await withSplits(context.store, projectId, drafts, {
    holdout: input.holdout,
    record: !input.dryRun,
  });
  const merged = mergeExamples(base, { added, edits, removed });
  if (input.dryRun) return savedAnswer(input, merged, { version: null, created: false }, collected);
  await context.store.records.ensureProject(context.project);
  const saved = await datasets.save(
    { projectId, name: input.name, hash: hashOfVersion(merged.examples), note: input.note ?? null },
    merged.examples,
    input.idempotencyKey === undefined
      ? undefined
      : { key: `dataset:${input.idempotencyKey}`, argsHash: hashOf(JSON.parse(JSON.stringify(input))) },
  );
  return savedAnswer(input, merged, saved, collected);
}
