import type { Context } from "../context.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { Evaluation } from "../model/evaluation.ts";
import type { Json } from "../model/json.ts";
import { shortMoney } from "../reading/format.ts";
import { realUse } from "../reading/real-use.ts";
import type { TraceAggregate } from "../store/store.ts";
import { findPrompt } from "./find.ts";
import { parsePromptReference } from "./reference.ts";

type Counting = Pick<Context, "store" | "project">;

const MOST_VERSIONS = 20;
const MOST_EVALUATIONS = 1_000;
const SHOWN_EVALUATIONS = 20;
const MOST_NAMES = 500;
const FEEDBACK_NAMES = 4;

const share = (part: number, whole: number): string | null =>
  whole === 0 ? null : `${((100 * part) / whole).toFixed(1)}%`;

const feedbackWords = ({ rows }: TraceAggregate["feedback"]): string =>
  rows
    .slice(0, FEEDBACK_NAMES)
    .map(({ name, n, mean, values }) =>
      mean === null
        ? `${name}: ${values.map(({ value, count }) => `${value} ${count}`).join(", ")} (n ${n})`
        : `${name} ${Number(mean.toFixed(3))} (n ${n})`,
    )
    .join("; ");

const COLUMNS = ["prompt", "traces", "sessions", "failed", "withErrors", "p50ms", "cost", "feedback", "last"];

const realUseOf = ({ store, project }: Counting, value: string) => {
  const said = { type: "compare", field: { name: "prompt" }, op: "=", values: [value] } as const;
  return realUse(store.traces, project.id, said, "trace");
};

async function countOf(context: Counting, value: string): Promise<Json[]> {
  const { store, project } = context;
  const { filter } = await realUseOf(context, value);
  const found = await store.traces.aggregate({ projectId: project.id, filter, topN: FEEDBACK_NAMES });
  return [
    value,
    found.traces,
    found.sessions,
    share(found.failedTraces, found.traces),
    share(found.tracesWithErrors, found.traces),
    found.durationMs && Math.round(found.durationMs.p50),
    found.costUsd === null ? null : shortMoney(found.costUsd),
    feedbackWords(found.feedback),
    found.lastUs === null ? null : new Date(found.lastUs / 1_000).toISOString().slice(0, 16),
  ];
}

/** Evaluations that gave the target a version of the prompt, newest first, and how many were looked at. */
async function evaluationsWith({ store, project }: Counting, name: string, wanted: string | undefined) {
  const found: Evaluation[] = [];
  let seen = 0;
  let cursor: string | undefined;
  do {
    const page = await store.records.evaluations.list({ projectId: project.id, limit: 200, cursor });
    seen += page.items.length;
    const isOf = (value: string) => (wanted === undefined ? value.startsWith(`${name}@`) : value === wanted);
    found.push(...page.items.filter(({ setup }) => Object.values(setup.prompts).some(isOf)));
    cursor = page.next ?? undefined;
  } while (cursor !== undefined && seen < MOST_EVALUATIONS);
  return { found, isWhole: cursor === undefined, seen };
}

const evaluationRow = ({ id, setup, endedUs }: Evaluation): Json[] => [
  id,
  Object.entries(setup.prompts)
    .map(([as, reference]) => `${as}=${reference}`)
    .join(" "),
  `${setup.dataset.name}@${setup.dataset.version}`,
  setup.target.name,
  endedUs === null ? null : new Date(endedUs / 1_000).toISOString().slice(0, 16),
];

/**
 * get_record of a prompt with `usage`: per version, how many traces said that they used it, how many failed (a root) or
 * had an error inside, and their feedback; and which evaluations ran it. Sealed traces and the runs of evaluations are
 * not among the traces.
 */
export async function promptUsage(context: Counting, id: string): Promise<Answer> {
  const { version, alias } = parsePromptReference(id);
  const prompt = await findPrompt(context, id);
  const only = version === undefined && alias === undefined ? undefined : `${prompt.name}@${prompt.version}`;
  const said = await context.store.traces.listValues(context.project.id, "prompt", MOST_NAMES);
  const ofName = said.map(({ value }) => value).filter((value) => value.startsWith(`${prompt.name}@`));
  const newest = Array.from({ length: prompt.version }, (_, n) => `${prompt.name}@${prompt.version - n}`);
  const all = only === undefined ? [...new Set([...newest, ...ofName])] : [only];
  const shown = all.slice(0, MOST_VERSIONS);
  const rows = await Promise.all(shown.map((value) => countOf(context, value)));
  const { found, isWhole, seen } = await evaluationsWith(context, prompt.name, only);
  const { omitted: runs } = await realUseOf(context, only ?? prompt.name);
  const omitted: Omission[] = [
    ...runs,
    { kind: "versions", count: all.length - shown.length, how: "get_record with usage and id NAME@VERSION" },
    {
      kind: "evaluations",
      count: Math.max(0, found.length - SHOWN_EVALUATIONS),
      how: "list_records kind evaluation",
    },
    ...(isWhole
      ? []
      : [
          {
            kind: "evaluations older than those looked at",
            count: seen,
            how: "list_records kind evaluation",
          },
        ]),
  ].filter(({ count }) => count > 0);
  return {
    data: {
      prompt: `${prompt.name}@${prompt.version}`,
      note: "Counts only; differences are not tested for chance.",
    },
    untrusted: {
      traces: { columns: COLUMNS, rows },
      evaluations: {
        columns: ["evaluation", "prompts", "dataset", "target", "ended"],
        rows: found.slice(0, SHOWN_EVALUATIONS).map(evaluationRow),
      },
    },
    omitted,
    next: [
      {
        tool: "search_traces",
        arguments: { filter: `prompt = "${shown[0] ?? prompt.name}"` },
        why: "the traces of the newest",
      },
    ],
  };
}
