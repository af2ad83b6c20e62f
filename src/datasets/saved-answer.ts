import type { Context } from "../context.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { DatasetVersion, Example } from "../model/example.ts";
import type { JsonObject } from "../model/json.ts";
import { budgetFor } from "../reading/budget.ts";
import type { ColumnUse } from "./columns.ts";
import type { Draft } from "./draft.ts";
import type { Merged } from "./merge.ts";
import { findNearDuplicates } from "./near-duplicates.ts";
import { openAmong } from "./open-examples.ts";
import { coverageGrid, nearDuplicateReport, previewRows } from "./preview.ts";

/** What is to be saved, and what its sources had besides. */
export interface Collected {
  readonly drafts: readonly Draft[];
  readonly notes: JsonObject;
  /** What the columns of the file were read as. */
  readonly columns: ColumnUse | null;
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

/** The columns that went nowhere: their values are in no example. */
const unusedColumns = ({ unused }: ColumnUse): Omission[] =>
  unused.length === 0
    ? []
    : [
        {
          kind: "columns of the file",
          count: unused.length,
          how: "untrusted.columns names them; inputColumns, expectationColumns or groupColumn take them",
        },
      ];

const MOST_NAMES = 30;

const listed = (names: readonly string[]): string[] => [
  ...names.slice(0, MOST_NAMES).map((name) => name.slice(0, 60)),
  ...(names.length > MOST_NAMES ? [`(${names.length - MOST_NAMES} more)`] : []),
];

const shownColumns = (columns: ColumnUse): JsonObject =>
  Object.fromEntries(
    Object.entries(columns).flatMap(([use, names]: [string, readonly string[]]) =>
      names.length === 0 ? [] : [[use, listed(names)]],
    ),
  );

/** The judge that the examples' own expectations ask for: that of the most; without any, one that needs none. */
function judgeFor(examples: readonly Example[]): string {
  const open = examples.filter(({ split }) => split !== "holdout");
  const having = (...names: readonly string[]): number =>
    open.filter(({ expectations }) => names.some((name) => Object.hasOwn(expectations, name))).length;
  const counts = [
    { judge: "correctness", count: having("answer", "facts") },
    { judge: "example_guidelines", count: having("guidelines") },
    { judge: "tool_sequence", count: having("toolCalls") },
    { judge: "final_state", count: having("state") },
  ];
  const most = counts.reduce((best, one) => (one.count > best.count ? one : best));
  return most.count > 0 ? most.judge : "task_success";
}

/** What save_dataset answers: what changed, a preview of what may be seen, and what is odd about it. */
export async function savedAnswer(
  context: Pick<Context, "store" | "project">,
  input: { readonly name: string; readonly maxTokens?: number | undefined },
  { examples, counts }: Merged,
  saved: {
    readonly version: DatasetVersion | null;
    readonly created: boolean;
    /** What there was before; its holdout is retired or not. */
    readonly newest: DatasetVersion | undefined;
  },
  { notes, columns }: Collected,
): Promise<Answer> {
  const budget = budgetFor(input.maxTokens);
  const open = await openAmong(context, saved.version ?? saved.newest, examples);
  const preview = await previewRows(context, open, Math.floor(budget * 0.6));
  const duplicates = await findNearDuplicates(examples);
  const grid = coverageGrid(open);
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
      ...(totals.holdout > 0 && (saved.version ?? saved.newest)?.retiredUs != null
        ? { holdout: "retired: open to be read; nothing can be verified on it any more" }
        : totals.holdout > 0
          ? { holdout: "sealed: counted, shown nowhere, and not run by run_evaluation" }
          : { holdout: "none: too few examples, or not wanted; nothing can be verified on it later" }),
    },
    untrusted: {
      preview: preview.table,
      ...(duplicates.pairs.length > 0 ? { nearDuplicates: nearDuplicateReport(duplicates, open) } : {}),
      ...(grid ? { syntheticCoverage: grid } : {}),
      ...(columns ? { columns: shownColumns(columns) } : {}),
    },
    omitted: [
      ...(preview.omitted > 0
        ? [{ kind: "examples", count: preview.omitted, how: `get_record kind dataset id ${reference}` }]
        : []),
      ...(columns ? unusedColumns(columns) : []),
    ],
    next:
      saved.version === null
        ? []
        : [
            {
              tool: "run_evaluation",
              arguments: {
                dataset: reference,
                target: "agent.yaml",
                judges: [judgeFor(examples)],
                dryRun: true,
              },
              why: "what an evaluation would cost and could show; the target file is yours (evalwright://guide/target-file)",
            },
          ],
  };
}
