import type { Context } from "../../context.ts";
import { invalidInput } from "../../errors.ts";
import { rounded } from "../../evaluation/words.ts";
import type { Answer, NextCall } from "../../model/answer.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { Optimization } from "../../model/optimization.ts";
import { OptimizationSummary } from "../../model/optimization-summary.ts";
import { unifiedDiff } from "../../registry/diff.ts";
import { trainWarning } from "./caveats.ts";
import type { StoredEntry, StoredEvent } from "./events.ts";
import { findOptimization, readEvents } from "./find.ts";
import { poolOf } from "./pool.ts";

type Showing = Pick<Context, "store" | "project">;

/** Rows of a list that one answer has; further ones are counted. */
const MOST_ROWS = 25;
const HYPOTHESIS_CHARS = 160;

const short = (text: string | null): string =>
  text === null ? "" : text.length > HYPOTHESIS_CHARS ? `${text.slice(0, HYPOTHESIS_CHARS)}…` : text;

const stateOf = ({ endedUs, stopRequested }: Optimization): string =>
  endedUs !== null ? "ended" : stopRequested ? "stopping" : "open";

/** list_records of optimizations, newest first. */
export async function listOptimizations(
  { store, project }: Showing,
  query: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer> {
  const { limit, cursor } = query;
  const page = await store.records.optimizations.list({ projectId: project.id, limit, cursor });
  return {
    data: {
      optimizations: {
        columns: ["optimization", "state", "dataset", "proposer", "seed", "best", "stop", "created"],
        rows: page.items.map((item): Json[] => {
          const summary = OptimizationSummary.safeParse(item.summary).data;
          const { dataset, proposer } = item.setup;
          return [
            item.id,
            stateOf(item),
            `${dataset.name}@${dataset.version}`,
            proposer,
            rounded(summary?.seed ?? null),
            rounded(summary?.best.score ?? null),
            summary?.stop ?? "",
            new Date(item.createdUs / 1_000).toISOString().slice(0, 19),
          ];
        }),
      },
    },
    page: { returned: page.items.length, total: page.total, next: page.next },
  };
}

const poolRow = (entry: StoredEntry): Json[] => [
  entry.index,
  entry.parents.join("+"),
  rounded(entry.estimate),
  rounded(entry.coverage),
  entry.length,
  short(entry.hypothesis),
];

function rejectedRows(events: readonly StoredEvent[]): Json[][] {
  return events.flatMap((event): Json[][] => {
    if (event.kind === "failed") return [[event.iteration, null, "failed", null, null, short(event.reason)]];
    if (event.kind !== "rejected") return [];
    const { iteration, parent, reason, before, after, hypothesis, detail } = event.edit;
    return [[iteration, parent, reason, rounded(before), rounded(after), short(detail ?? hypothesis)]];
  });
}

function nextOf({ id, jobId, endedUs, setup }: Optimization): NextCall[] {
  if (endedUs !== null)
    return [
      {
        tool: "finish_optimization",
        arguments: { optimization: id },
        why: "the counted look at the holdout",
      },
    ];
  return setup.proposer === "assistant"
    ? [{ tool: "get_tasks", arguments: { jobId }, why: "the open order" }]
    : [{ tool: "get_job", arguments: { jobId, waitSeconds: 20 }, why: "how far it is" }];
}

/** Numbers as they are read; lists that are empty left out. */
function resultData({ frozen: _, ...summary }: OptimizationSummary): Record<string, Json> {
  const plain: Json = JSON.parse(
    JSON.stringify(summary, (_, value: unknown) => (typeof value === "number" ? rounded(value) : value)),
  );
  return isJsonObject(plain)
    ? Object.fromEntries(
        Object.entries(plain).filter(([, value]) => !Array.isArray(value) || value.length > 0),
      )
    : {};
}

async function overview(context: Showing, optimization: Optimization): Promise<Answer> {
  const { id, setup, jobId, note, summary } = optimization;
  const events = await readEvents(context, id);
  const pool = poolOf(events);
  const rejected = rejectedRows(events);
  const ended = OptimizationSummary.safeParse(summary).data;
  const { dataset, examples, judges, primary, proposer } = setup;
  return {
    data: {
      optimization: id,
      state: stateOf(optimization),
      jobId,
      dataset: `${dataset.name}@${dataset.version}`,
      examples,
      ...trainWarning(setup),
      judges: judges.map(({ name }) => (name === primary ? `${name} (primary)` : name)),
      proposer,
      ...(ended
        ? {
            result: resultData(ended),
          }
        : {}),
    },
    untrusted: {
      ...(note === null ? {} : { note }),
      candidates: {
        columns: ["candidate", "parents", "validation", "coverage", "characters", "hypothesis"],
        rows: pool.slice(-MOST_ROWS).map(poolRow),
      },
      ...(rejected.length === 0
        ? {}
        : {
            rejected: {
              columns: ["iteration", "parent", "reason", "before", "after", "why"],
              rows: rejected.slice(-MOST_ROWS),
            },
          }),
    },
    omitted: [
      ...(pool.length > MOST_ROWS
        ? [{ kind: "candidates", count: pool.length - MOST_ROWS, how: `get_record with id ${id}@INDEX` }]
        : []),
      ...(rejected.length > MOST_ROWS
        ? [
            {
              kind: "earlier rejected proposals",
              count: rejected.length - MOST_ROWS,
              how: "evalwright optimize report",
            },
          ]
        : []),
    ],
    next: nextOf(optimization),
  };
}

/** Texts of a candidate as changes of the seed's; the seed's own texts whole. */
function textsOf(entry: StoredEntry, seed: StoredEntry): Record<string, Json> {
  if (entry.index === 0) return { components: { ...entry.components } };
  return {
    changes: Object.fromEntries(
      Object.entries(entry.components).map(([name, text]) => [
        name,
        unifiedDiff(
          { name: `${name} seed`, text: seed.components[name] ?? "" },
          { name: `${name} candidate ${entry.index}`, text },
        ) || "unchanged",
      ]),
    ),
    ...(entry.code === null ? {} : { code: entry.code }),
  };
}

async function candidate(context: Showing, optimization: Optimization, index: number): Promise<Answer> {
  const events = await readEvents(context, optimization.id);
  const pool = poolOf(events);
  const [entry, seed] = [pool[index], pool[0]];
  if (!entry || !seed)
    throw invalidInput(
      `Campaign ${optimization.id} has no candidate ${index}`,
      pool.length === 0 ? "It has none yet." : `It has 0 to ${pool.length - 1}.`,
    );
  const accepted = events.find((event) => event.kind === "accepted" && event.entry.index === index);
  return {
    data: {
      optimization: optimization.id,
      candidate: index,
      parents: [...entry.parents],
      ...trainWarning(optimization.setup),
      validation: rounded(entry.estimate),
      coverage: rounded(entry.coverage),
      objectives: Object.fromEntries(
        Object.entries(entry.objectives).map(([name, value]) => [name, rounded(value)]),
      ),
      characters: entry.length,
    },
    untrusted: {
      hypothesis: entry.hypothesis,
      ...(accepted?.kind === "accepted" ? { trainFlips: accepted.flips } : {}),
      ...textsOf(entry, seed),
    },
  };
}

/** get_record of an optimization: `op-1a2b3c4d`, or one candidate of it, `op-1a2b3c4d@3`. */
export async function showOptimization(context: Showing, { id }: { readonly id: string }): Promise<Answer> {
  const [, name = id, index] = /^([^@]+)@(\d{1,6})$/.exec(id) ?? [];
  const optimization = await findOptimization(context, name);
  return index === undefined
    ? overview(context, optimization)
    : candidate(context, optimization, Number(index));
}
