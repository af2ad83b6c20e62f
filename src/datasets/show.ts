import type { Context } from "../context.ts";
import { invalidInput, notFound } from "../errors.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { DatasetVersion, Example } from "../model/example.ts";
import type { Json } from "../model/json.ts";
import { budgetFor, fit } from "../reading/budget.ts";
import { findDataset } from "./find.ts";
import { openExamples } from "./open-examples.ts";
import { previewRows } from "./preview.ts";

type Showing = Pick<Context, "store" | "project">;

export interface DatasetQuery {
  readonly id: string;
  readonly exampleId?: string | undefined;
  readonly compareTo?: string | undefined;
  readonly cursor?: string | undefined;
  readonly maxTokens?: number | undefined;
}

const referenceOf = ({ name, version }: DatasetVersion): string => `${name}@${version}`;

const summary = (version: DatasetVersion) => ({
  dataset: referenceOf(version),
  hash: version.hash.slice(0, 12),
  made: new Date(version.createdUs / 1_000).toISOString(),
  counts: version.counts,
  ...(version.retiredUs === null
    ? {}
    : { holdoutRetired: new Date(version.retiredUs / 1_000).toISOString() }),
});

function offsetOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const offset = Number(/^examples:(\d{1,9})$/.exec(cursor)?.[1]);
  if (!Number.isInteger(offset)) throw invalidInput("cursor is not one that get_record gave");
  return offset;
}

/** get_record of a dataset: its examples in pages, one whole, or what differs from another version. */
export async function showDataset(context: Showing, query: DatasetQuery): Promise<Answer> {
  const version = await findDataset(context, query.id);
  if (query.compareTo !== undefined) return diffDatasets(context, version, query.compareTo);
  const examples = await openExamples(context, version);
  if (query.exampleId !== undefined) return showExample(version, examples, query.exampleId);
  const from = offsetOf(query.cursor);
  const rest = examples.slice(from);
  const { table, omitted } = await previewRows(context, rest, budgetFor(query.maxTokens) - 900);
  const shown = rest.length - omitted;
  const sealedCount = version.counts.examples - examples.length;
  const sealed: Omission[] =
    sealedCount > 0
      ? [
          {
            kind: "holdout examples",
            count: sealedCount,
            how: "sealed until a person retires them",
          },
        ]
      : [];
  return {
    data: summary(version),
    untrusted: { ...(version.note ? { note: version.note } : {}), examples: table },
    page: {
      returned: shown,
      total: examples.length,
      next: omitted > 0 ? `examples:${from + shown}` : null,
    },
    omitted: sealed,
  };
}

function showExample(version: DatasetVersion, examples: readonly Example[], id: string): Answer {
  const example = examples.find((candidate) => candidate.id === id);
  if (!example)
    throw notFound(
      "example",
      id,
      "Holdout examples are sealed; get_record without exampleId lists the others.",
    );
  const { hash, group: _, split, ...content } = example;
  return {
    data: { dataset: referenceOf(version), split, hash: hash.slice(0, 12) },
    untrusted: { example: JSON.parse(JSON.stringify(content)) },
  };
}

async function diffDatasets(context: Showing, version: DatasetVersion, other: string): Promise<Answer> {
  const before = await findDataset(context, other);
  const [now, then] = await Promise.all([openExamples(context, version), openExamples(context, before)]);
  const old = new Map(then.map((example) => [example.id, example]));
  const kept = new Set(now.map(({ id }) => id));
  const rows: Json[][] = [
    ...now.filter(({ id }) => !old.has(id)).map(({ id }) => [id, "added", ""]),
    ...then.filter(({ id }) => !kept.has(id)).map(({ id }) => [id, "removed", ""]),
    ...now.flatMap((example) => {
      const previous = old.get(example.id);
      if (!previous || previous.hash === example.hash) return [];
      const fields = (["inputs", "messages", "turns", "expectations"] as const).filter(
        (field) => JSON.stringify(previous[field]) !== JSON.stringify(example[field]),
      );
      return [[example.id, "changed", fields.join(", ")]];
    }),
  ];
  const { shown, omitted } = fit(rows, 6_000);
  return {
    data: { dataset: referenceOf(version), comparedTo: referenceOf(before), differences: rows.length },
    untrusted: { differences: { columns: ["id", "what", "fields"], rows: [...shown] } },
    ...(omitted > 0
      ? { omitted: [{ kind: "differences", count: omitted, how: "get_record of each version" }] }
      : {}),
  };
}

/** list_records of datasets: the newest version of each, or all versions of one. */
export async function listDatasets(
  context: Showing,
  query: { readonly name?: string | undefined; readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer> {
  const page = await context.store.records.datasets.list({ projectId: context.project.id, ...query });
  return {
    data: {},
    untrusted: {
      datasets: {
        columns: [
          "dataset",
          "examples",
          "train",
          "validation",
          "holdout",
          "failing",
          "passing",
          "synthetic",
          "made",
          "note",
        ],
        rows: page.items.map((item): Json[] => {
          const { examples, train, validation, holdout, failing, passing, synthetic } = item.counts;
          return [
            referenceOf(item),
            examples,
            train,
            validation,
            holdout,
            failing,
            passing,
            synthetic,
            new Date(item.createdUs / 1_000).toISOString().slice(0, 16),
            item.note ?? "",
          ];
        }),
      },
    },
    page: { returned: page.items.length, total: page.total, next: page.next },
  };
}
