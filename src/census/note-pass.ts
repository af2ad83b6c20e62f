import { judgingOf, refuseOverBudget } from "../evaluation/judging-of.ts";
import type { JobTools } from "../jobs/runner.ts";
import { Census, type IssueKind } from "../model/census.ts";
import { issueFeedbackName } from "../model/issue-feedback.ts";
import type { Job } from "../model/job.ts";
import type { SourceRef } from "../store/ledger-store.ts";
import type { Store } from "../store/store.ts";
import { askAssistantForGroups, askModelForGroups, roomFor } from "./ask-groups.ts";
import type { CensusInput } from "./census-input.ts";
import { drawNoted, noteWeights } from "./draw-noted.ts";
import { type GroupQuestion, groupNotes, type NamedKind } from "./group-notes.ts";
import { issueFeedback } from "./mark-members.ts";
import { type Note, takeNotes } from "./take-notes.ts";

/** The census with its notes; or how many questions wait for an answer. */
export type Noted = { readonly census: Census } | { readonly held: number; readonly asked: number };

const EARLIER = 5;
const MOST_KINDS = 40;

/** Kinds that earlier censuses of the project named, newest first: a failure that is known keeps its name. */
async function namedBefore(store: Store, projectId: string, own: string): Promise<readonly NamedKind[]> {
  const { items } = await store.records.versions.list({ projectId, kind: "census", limit: EARLIER + 1 });
  const named = new Map<string, NamedKind>();
  for (const { body, name } of items) {
    if (name === own) continue;
    for (const { id, name: called, definition, layer, by } of Census.safeParse(body).data?.kinds ?? [])
      if (by === "notes" && !named.has(id) && named.size < MOST_KINDS)
        named.set(id, { id, name: called, definition, layer });
  }
  return [...named.values()];
}

const sourceAt = ({ level, units }: Census, unit: number): SourceRef => {
  const id = units.ids[unit] ?? "";
  return level === "sessions" ? { sessionId: id } : { traceId: id };
};

/** Marks members by feedback, each with its note. */
async function markNoted(
  job: Job,
  { store }: JobTools,
  census: Census,
  kinds: readonly IssueKind[],
  notes: readonly Note[],
): Promise<void> {
  const judged = new Set(kinds.map(({ id }) => issueFeedbackName(id)));
  for (const { unit, text } of notes) {
    const own = kinds.filter(({ members }) => members.includes(unit));
    if (own.length === 0) continue;
    const where = sourceAt(census, unit);
    const assessments = await store.traces.readAssessments({
      projectId: job.projectId,
      ...where,
      limit: 1_000,
    });
    const marks = own.map(({ id }) => ({ kind: id, rationale: text, quote: null }));
    const feedback = issueFeedback(
      { level: census.level, id: census.units.ids[unit] ?? "", assessments },
      marks,
      judged,
      {
        jobId: job.id,
        nowUs: job.createdUs,
      },
    );
    if (feedback.length > 0) await store.traces.addAssessments(job.projectId, feedback);
  }
}

/**
 * What a model or the assistant says went wrong in some of the units, those without a signal among them, and the kinds that
 * their notes are grouped into.
 */
export async function notePass(
  job: Job,
  tools: JobTools,
  input: CensusInput,
  census: Census,
): Promise<Noted> {
  const { judge, repository } = input;
  if (judge === null) throw new Error("notes are planned with a judge");
  const judging = await judgingOf(job, tools, [judge], repository);
  const groups = drawNoted(census, input.notes);
  const chosen = groups.flatMap((group) => group.chosen);
  let done = census.units.ids.length;
  const { notes, held, unanswered } = await takeNotes(tools.store, judge, census, chosen, judging, () => {
    done += 1;
    tools.progress(done, census.units.ids.length + chosen.length);
  });
  refuseOverBudget(held, judging.ledger);
  if (held.length > 0) return { held: held.length, asked: chosen.length };
  const by = judge.kind === "llm" ? ("model" as const) : ("assistant" as const);
  const ask = (question: GroupQuestion) => {
    const sources = question.notes.map(({ unit }) => sourceAt(census, unit));
    return judge.kind === "llm"
      ? askModelForGroups(question, sources, { ...judging, llm: judging.llmOf(judge.model ?? "") })
      : askAssistantForGroups(question, sources, judging);
  };
  const earlier = await namedBefore(tools.store, job.projectId, census.id);
  const grouped = await groupNotes(notes, earlier, roomFor(by), ask);
  if ("held" in grouped) {
    refuseOverBudget([grouped.held], judging.ledger);
    return { held: 1, asked: 1 };
  }
  await markNoted(job, tools, census, grouped.kinds, notes);
  const answered = new Set(notes.map(({ unit }) => unit));
  return {
    census: {
      ...census,
      kinds: [...census.kinds, ...grouped.kinds],
      noted: {
        ...noteWeights(census, groups, answered),
        withIssue: notes.flatMap(({ unit, layer }) => (layer === null ? [] : [unit])),
        by,
        unanswered,
        unnamed: grouped.unnamed,
      },
    },
  };
}
