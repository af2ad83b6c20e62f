import type { Context } from "../context.ts";
import type { Answer, Omission } from "../model/answer.ts";
import { Census } from "../model/census.ts";
import type { Json } from "../model/json.ts";
import { budgetFor, sizeOf } from "../reading/budget.ts";
import { shortTime } from "../reading/format.ts";
import {
  censusNotes,
  KIND_COLUMNS,
  kindRow,
  predictorsOf,
  type RankedKind,
  rankedKinds,
  sampleData,
} from "./census-words.ts";
import { showDifference } from "./difference.ts";
import { examplesOf, type IssueExample } from "./examples.ts";
import { type FoundCensus, findCensus, kindOf } from "./find-census.ts";
import { kindCalls } from "./kind-calls.ts";
import { OUTCOME_SIGNAL } from "./power.ts";

type Showing = Pick<Context, "store" | "project" | "log">;

export interface ShowCensus {
  readonly id: string;
  readonly compareTo?: string | undefined;
  readonly maxTokens?: number | undefined;
}

const EXAMPLES_OF_ONE = 8;

const exampleRow = ({ id, outcome, rationale, quote }: IssueExample): Json[] => [
  id,
  outcome,
  rationale,
  quote,
];
const EXAMPLE_COLUMNS = ["id", "outcome", "found", "quote"];

/** Kinds with one example each, as many as fit. */
async function rowsWithin(context: Showing, census: Census, ranked: readonly RankedKind[], budget: number) {
  const kinds: Json[][] = [];
  const examples: Json[][] = [];
  let left = budget;
  for (const one of ranked) {
    const row = [...kindRow(census, one), one.kind.by === "notes" ? one.kind.name : null];
    const [example] = await examplesOf(context, census, one.kind, 1);
    const shown = example ? [one.kind.id, ...exampleRow(example)] : null;
    left -= sizeOf(row) + 1 + (shown ? sizeOf(shown) + 1 : 0);
    if (left < 0 && kinds.length > 0) break;
    kinds.push(row);
    if (shown) examples.push(shown);
  }
  return { kinds, examples };
}

/** A census: what was looked at, and its kinds with counts, intervals, gains and one example each. */
export async function censusAnswer(
  context: Showing,
  { census, version }: Pick<FoundCensus, "census" | "version">,
  maxTokens: number | undefined,
  more: readonly Omission[] = [],
): Promise<Answer> {
  const ranked = rankedKinds(census);
  const data = {
    census: `${census.id}@${version}`,
    made: shortTime(census.createdUs),
    ...sampleData(census),
    predictors: predictorsOf(census),
    howToRead: censusNotes(census),
  };
  // That what failed has failed is nothing to look into.
  const first = ranked.find(({ kind }) => kind.id !== OUTCOME_SIGNAL) ?? ranked[0];
  const next = [
    ...(first
      ? [
          {
            tool: "get_record",
            arguments: { kind: "census", id: `${census.id}/${first.kind.id}` },
            why: "one kind: examples, and the calls that make it a filter, a dataset or a judge",
          },
        ]
      : []),
    ...(first ? kindCalls({ census, version }, first.kind).slice(0, 2) : []),
  ];
  const frame = sizeOf(data) + JSON.stringify({ next, more }).length + 500;
  const { kinds, examples } = await rowsWithin(context, census, ranked, budgetFor(maxTokens) - frame);
  const omitted = [
    ...(kinds.length < ranked.length
      ? [
          {
            kind: "kinds",
            count: ranked.length - kinds.length,
            how: "get_record kind census with more maxTokens",
          },
        ]
      : []),
    ...more,
  ];
  return {
    data,
    untrusted: {
      kinds: { columns: [...KIND_COLUMNS, "name"], rows: kinds },
      examples: { columns: ["kind", ...EXAMPLE_COLUMNS], rows: examples },
    },
    ...(omitted.length > 0 ? { omitted } : {}),
    next,
  };
}

/** One kind: its definition, numbers, examples, and the calls that make it a filter, a dataset or a judge. */
async function kindAnswer(
  context: Showing,
  { census, version }: FoundCensus,
  kindId: string,
): Promise<Answer> {
  const kind = kindOf(census, kindId);
  const ranked = rankedKinds(census).find((one) => one.kind.id === kindId);
  const examples = await examplesOf(context, census, kind, EXAMPLES_OF_ONE);
  const numbers = ranked ? kindRow(census, ranked) : [];
  return {
    data: {
      census: `${census.id}@${version}`,
      ...Object.fromEntries(KIND_COLUMNS.map((column, i) => [column, numbers[i] ?? null])),
      foundBy: kind.by === "signal" ? "code" : "notes",
      members: kind.members.length,
    },
    untrusted: {
      name: kind.name,
      definition: kind.definition,
      examples: { columns: EXAMPLE_COLUMNS, rows: examples.map(exampleRow) },
    },
    ...(kind.members.length > examples.length
      ? {
          omitted: [
            {
              kind: "members",
              count: kind.members.length - examples.length,
              how: "search_traces, as under next",
            },
          ],
        }
      : {}),
    next: kindCalls({ census, version }, kind),
  };
}

/** get_record of a census: `ID`, `ID@VERSION`, `ID/KIND`; with `compareTo` an earlier one. */
export async function showCensus(context: Showing, query: ShowCensus): Promise<Answer> {
  const found = await findCensus(context, query.id);
  if (query.compareTo !== undefined)
    return showDifference((await findCensus(context, query.compareTo)).census, found.census);
  if (found.kind !== null) return kindAnswer(context, found, found.kind);
  return censusAnswer(context, found, query.maxTokens);
}

/** list_records of censuses, newest first. */
export async function listCensuses(
  context: Pick<Context, "store" | "project">,
  query: { readonly name?: string | undefined; readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer> {
  const page = await context.store.records.versions.list({
    projectId: context.project.id,
    kind: "census",
    ...query,
  });
  return {
    data: {
      censuses: {
        columns: ["census", "made", "level", "of", "looked at", "kinds"],
        rows: page.items.flatMap(({ name, version, body }): Json[][] => {
          const census = Census.safeParse(body).data;
          return census
            ? [
                [
                  `${name}@${version}`,
                  shortTime(census.createdUs),
                  census.level,
                  census.frame,
                  census.units.ids.length,
                  census.kinds.length,
                ],
              ]
            : [];
        }),
      },
    },
    page: { returned: page.items.length, total: page.total, next: page.next },
  };
}
