import type { Context } from "../context.ts";
import { drawn } from "../evaluation/find-items.ts";
import type { Census, IssueKind } from "../model/census.ts";
import { issueFeedbackName } from "../model/issue-feedback.ts";
import { openSession, openTrace } from "../reading/sealed.ts";

export interface IssueExample {
  /** Session or trace. */
  readonly id: string;
  readonly outcome: "failed" | "ok" | null;
  /** What was found there. */
  readonly rationale: string | null;
  readonly quote: string | null;
}

type Showing = Pick<Context, "store" | "project" | "log">;

async function exampleAt(context: Showing, census: Census, kind: IssueKind, unit: number) {
  const id = census.units.ids[unit] ?? "";
  const isSession = census.level === "sessions";
  const opened = isSession ? await openSession(context, id) : await openTrace(context, id);
  if (!opened || "sealed" in opened) return null;
  const said = await context.store.traces.readAssessments({
    projectId: context.project.id,
    ...(isSession ? { sessionId: id } : { traceId: id }),
    limit: 500,
  });
  const name = issueFeedbackName(kind.id);
  const mark = said.find((one) => one.name === name && one.value === true);
  const outcome = census.units.outcome[unit];
  return {
    id,
    outcome: outcome === 1 ? ("failed" as const) : outcome === 0 ? ("ok" as const) : null,
    rationale: mark?.rationale ?? null,
    quote: mark?.quote ?? null,
  };
}

/**
 * Some members of a kind, failed ones first, else at random: what was found in them and the words that show it. Those that
 * are sealed or deleted by now are left out.
 */
export async function examplesOf(
  context: Showing,
  census: Census,
  kind: IssueKind,
  count: number,
): Promise<IssueExample[]> {
  const isFailed = (unit: number) => census.units.outcome[unit] === 1;
  const order = drawn(
    kind.members.map((unit) => ({ id: census.units.ids[unit] ?? "", unit })),
    kind.members.length,
    census.id,
    `examples:${kind.id}`,
  ).map(({ unit }) => unit);
  const found: IssueExample[] = [];
  for (const unit of [...order.filter(isFailed), ...order.filter((one) => !isFailed(one))]) {
    if (found.length >= count) break;
    const example = await exampleAt(context, census, kind, unit);
    if (example) found.push(example);
  }
  return found;
}
