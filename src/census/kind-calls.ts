import type { NextCall } from "../model/answer.ts";
import type { Census, IssueKind } from "../model/census.ts";
import { issueFeedbackName } from "../model/issue-feedback.ts";
import type { JsonObject } from "../model/json.ts";
import type { FoundCensus } from "./find-census.ts";
import { signals } from "./signals/index.ts";

/** The filter that finds a kind's members wherever filters are taken. */
export const filterOf = ({ filter }: Pick<Census, "filter">, { id }: Pick<IssueKind, "id">): string => {
  const own = `feedback.${issueFeedbackName(id)} = true`;
  return filter === null || filter.trim() === "" ? own : `(${filter}) AND ${own}`;
};

const nameOf = (id: string): string => `issue-${id.replaceAll("_", "-")}`;

/** Built-in judges that measure what an outlier was found by, held against the census's own fence. */
function measureOf({ fences }: Census, id: string): JsonObject | null {
  const measures: Readonly<Record<string, readonly [string, number | null]>> = {
    costly: ["cost", fences.costUsd],
    slow: ["latency", fences.durationMs],
    many_steps: ["steps", fences.steps],
    long_waits: ["latency", 30_000],
  };
  const [builtin, threshold = null] = measures[id] ?? [];
  return builtin === undefined || threshold === null ? null : { builtin, threshold };
}

/** The built-in of save_judge that stands for a kind of a census. */
export const ISSUE = "issue";

const judgeNameOf = ({ id }: IssueKind): string => `no_${nameOf(id).replaceAll("-", "_")}`;

/** save_judge's arguments for a kind: a built-in where one decides the same, else a rubric of the kind's definition. */
export function judgeArguments(census: Census, kind: IssueKind): JsonObject {
  const name = judgeNameOf(kind);
  const measured = measureOf(census, kind.id);
  if (measured) return { name, ...measured };
  const builtin = kind.by === "signal" ? signals.find((signal) => signal.name === kind.id)?.judge : undefined;
  if (builtin !== undefined) return { name, builtin };
  const isSession = census.level === "sessions";
  return {
    name,
    level: isSession ? "session" : "trace",
    instructions: `Does this ${isSession ? "conversation" : "run"} have the following issue?\n\n${kind.definition}\n\n{{conversation}}`,
    labels: [
      { label: "absent", means: "The issue does not occur.", value: 1 },
      { label: "present", means: "The issue occurs; name the turn.", value: 0 },
    ],
  };
}

/** What a model wrote stands under `untrusted` and nowhere else: a judge of it is asked for by the kind's id. */
const issueReference = ({ id }: Census, version: number, kind: IssueKind): JsonObject => ({
  name: judgeNameOf(kind),
  builtin: ISSUE,
  params: { kind: `${id}@${version}/${kind.id}` },
});

/** A kind as a list of its members, a dataset of them, or a judge: one complete call each. */
export function kindCalls(
  { census, version }: Pick<FoundCensus, "census" | "version">,
  kind: IssueKind,
): NextCall[] {
  const filter = filterOf(census, kind);
  const { level } = census;
  return [
    { tool: "search_traces", arguments: { filter, level }, why: "all members of the kind" },
    {
      tool: "save_dataset",
      arguments: {
        name: nameOf(kind.id),
        filter,
        level,
        limit: Math.min(2_000, Math.max(1, kind.members.length)),
      },
      why: "the members as examples, to test a fix",
    },
    {
      tool: "save_judge",
      arguments: kind.by === "notes" ? issueReference(census, version, kind) : judgeArguments(census, kind),
      why: "a judge that watches for it",
    },
  ];
}
