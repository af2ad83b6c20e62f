import { resolve } from "node:path";
import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import type { DatasetVersion, Example } from "../model/example.ts";
import type { JsonObject } from "../model/json.ts";
import { workingFolder } from "../project.ts";
import { budgetFor } from "../reading/budget.ts";
import type { Draft } from "./draft.ts";
import { fromFile } from "./from-file.ts";
import { draftFromRow, type RowOptions } from "./from-row.ts";
import { fromTraces } from "./from-traces.ts";
import { type ExampleEdit, type Merged, mergeExamples, readAllExamples } from "./merge.ts";
import { findNearDuplicates } from "./near-duplicates.ts";
import { coverageGrid, nearDuplicateReport, previewRows } from "./preview.ts";
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
  readonly synthetic: boolean;
  readonly edit?: readonly ExampleEdit[] | undefined;
  readonly remove?: readonly string[] | undefined;
  readonly holdout?: boolean | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
  readonly maxTokens?: number | undefined;
}

interface Collected {
  readonly drafts: readonly Draft[];
  readonly notes: JsonObject;
}

type Saving = Pick<Context, "store" | "project" | "now">;

async function collect(context: Saving, input: SaveDataset): Promise<Collected> {
  const options: RowOptions = input;
  const drafts: Draft[] = [];
  const notes: JsonObject = {};
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
    drafts.push(...file.drafts);
    if (Object.keys(file.skipped).length > 0) notes["skippedRows"] = { ...file.skipped };
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
  return { drafts, notes };
}

const NOTHING: DatasetVersion["counts"] = {
  examples: 0,
  train: 0,
  validation: 0,
  holdout: 0,
  failing: 0,
  passing: 0,
  synthetic: 0,
};

function countsOf(examples: readonly Example[]): DatasetVersion["counts"] {
  const counts = { ...NOTHING, examples: examples.length };
  for (const { split, role, origin } of examples) {
    counts[split] += 1;
    if (role !== "unknown") counts[role] += 1;
    if (origin.kind === "synthetic") counts.synthetic += 1;
  }
  return counts;
}

/**
 * save_dataset: collects examples from traces, a file and arguments, adds them to the newest version (or makes the
 * first), applies edits, and keeps the outcome as the next version.
 * @throws AppError `invalid_input` when nothing is given or what is given is not usable.
 */
export async function saveDataset(context: Saving, input: SaveDataset): Promise<Answer> {
  const { datasets } = context.store.records;
  const projectId = context.project.id;
  const { drafts, notes } = await collect(context, input);
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
  if (input.dryRun) return report(input, merged, { version: null, created: false }, notes);
  await context.store.records.ensureProject(context.project);
  const saved = await datasets.save(
    { projectId, name: input.name, hash: hashOfVersion(merged.examples), note: input.note ?? null },
    merged.examples,
    input.idempotencyKey === undefined
      ? undefined
      : { key: `dataset:${input.idempotencyKey}`, argsHash: hashOf(JSON.parse(JSON.stringify(input))) },
  );
  return report(input, merged, saved, notes);
}

function report(
  input: SaveDataset,
  { examples, counts }: Merged,
  saved: { readonly version: DatasetVersion | null; readonly created: boolean },
  notes: JsonObject,
): Answer {
  const budget = budgetFor(input.maxTokens);
  const preview = previewRows(examples, Math.floor(budget * 0.6));
  const duplicates = findNearDuplicates(examples);
  const grid = coverageGrid(examples);
  const totals = saved.version?.counts ?? countsOf(examples);
  const reference = saved.version === null ? input.name : `${input.name}@${saved.version.version}`;
  return {
    data: {
      dataset: reference,
      saved: saved.version !== null,
      ...(saved.version !== null && !saved.created
        ? { unchanged: "this is the newest version already" }
        : {}),
      counts: totals,
      changes: counts,
      ...notes,
      ...(totals.holdout > 0
        ? { holdout: "sealed: counted, shown nowhere, and not run by run_evaluation" }
        : { holdout: "none: too few examples, or not wanted; nothing can be verified on it later" }),
    },
    untrusted: {
      preview: preview.table,
      ...(duplicates.length > 0 ? { nearDuplicates: nearDuplicateReport(duplicates, examples) } : {}),
      ...(grid ? { syntheticCoverage: grid } : {}),
    },
    ...(preview.omitted > 0
      ? {
          omitted: [
            { kind: "examples", count: preview.omitted, how: `get_record kind dataset id ${reference}` },
          ],
        }
      : {}),
    next:
      saved.version === null
        ? []
        : [
            {
              tool: "run_evaluation",
              arguments: { dataset: reference, target: "agent.yaml", judges: ["correctness"], dryRun: true },
              why: "what an evaluation would cost and could show",
            },
          ],
  };
}
