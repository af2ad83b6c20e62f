import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { parseFilter } from "../filter/parse-filter.ts";
import type { Answer } from "../model/answer.ts";
import type { Census, IssueKind } from "../model/census.ts";
import { issueFeedbackName } from "../model/issue-feedback.ts";
import type { SearchQuery } from "../store/store.ts";
import { findCensus, kindOf } from "./find-census.ts";
import { keepCensus } from "./keep-census.ts";
import { namedKindId } from "./kind-id.ts";
import { issueFeedback } from "./mark-members.ts";
import { censusAnswer } from "./show.ts";

export interface EditKinds {
  readonly census: string;
  readonly action: "merge" | "split" | "rename";
  /** Ids: of merge two or more, of the others one. */
  readonly kinds: readonly string[];
  /** Merge: a kind of these or a new name; split: the name of what is split off; rename: the new name. */
  readonly into: string;
  /** Split: the members that are split off. */
  readonly filter?: string | undefined;
}

const ascending = (members: Iterable<number>): number[] => [...new Set(members)].sort((a, b) => a - b);

function merged(census: Census, kinds: readonly IssueKind[], into: string): IssueKind[] {
  const [first] = kinds;
  if (!first || kinds.length < 2)
    throw invalidInput(
      "merge needs two kinds or more",
      `Kinds: ${census.kinds.map(({ id }) => id).join(", ")}.`,
    );
  const target = census.kinds.find(({ id }) => id === into);
  const members = ascending([...(target?.members ?? []), ...kinds.flatMap((kind) => kind.members)]);
  const layers = new Set(kinds.map(({ layer }) => layer));
  const whole: IssueKind = target
    ? { ...target, members }
    : {
        id: namedKindId(into),
        name: into,
        definition: `One of: ${kinds.map(({ definition }) => definition).join(" ")}`,
        layer: layers.size === 1 ? first.layer : null,
        by: kinds.every(({ by }) => by === "signal") ? "signal" : "notes",
        members,
      };
  const away = new Set([...kinds.map(({ id }) => id), whole.id]);
  return [...census.kinds.filter(({ id }) => !away.has(id)), whole];
}

/** Ids of what matches now. */
async function matching(context: Pick<Context, "store" | "project" | "now">, census: Census, text: string) {
  const level = census.level === "sessions" ? ("session" as const) : ("trace" as const);
  const filter = parseFilter(text, { nowUs: context.now(), level });
  const { traces } = context.store;
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const query: SearchQuery = { projectId: context.project.id, filter, order: "newest", limit: 500, cursor };
    const page = level === "session" ? await traces.searchSessions(query) : await traces.searchTraces(query);
    for (const item of page.items) ids.add("turns" in item ? item.sessionId : item.traceId);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return ids;
}

async function split(
  context: Context,
  census: Census,
  kind: IssueKind,
  input: EditKinds,
): Promise<IssueKind[]> {
  if (input.filter === undefined)
    throw invalidInput("split needs a filter: the members that match it become a kind of their own");
  const ids = await matching(context, census, input.filter);
  const isOff = (unit: number) => ids.has(census.units.ids[unit] ?? "");
  const off = kind.members.filter(isOff);
  if (off.length === 0 || off.length === kind.members.length)
    throw invalidInput(
      `${off.length} of ${kind.members.length} members match the filter: nothing to split`,
      "Give a filter that some of them match.",
    );
  const part: IssueKind = { ...kind, id: namedKindId(input.into), name: input.into, members: off };
  const rest: IssueKind = { ...kind, members: kind.members.filter((unit) => !isOff(unit)) };
  return [...census.kinds.filter(({ id }) => id !== kind.id), rest, part];
}

async function edited(context: Context, census: Census, input: EditKinds): Promise<IssueKind[]> {
  const kinds = input.kinds.map((id) => kindOf(census, id));
  if (input.action === "merge") return merged(census, kinds, input.into);
  const [kind] = kinds;
  if (!kind || kinds.length !== 1)
    throw invalidInput(`${input.action} is of one kind`, "Give one id in kinds.");
  if (input.action === "split") return split(context, census, kind, input);
  return census.kinds.map((one) => (one.id === kind.id ? { ...one, name: input.into } : one));
}

/** Lets the feedback on members follow the kinds; what was found there stays as it was said. */
async function markAnew(context: Context, before: Census, after: Census): Promise<void> {
  const memberships = (census: Census) => {
    const byUnit = new Map<number, string[]>();
    for (const { id, members } of census.kinds)
      for (const unit of members) byUnit.set(unit, [...(byUnit.get(unit) ?? []), id]);
    return byUnit;
  };
  const [was, is] = [memberships(before), memberships(after)];
  const judged = new Set([...before.kinds, ...after.kinds].map(({ id }) => issueFeedbackName(id)));
  const projectId = context.project.id;
  for (const [unit, kinds] of is) {
    const known = was.get(unit) ?? [];
    if (known.length === kinds.length && known.every((id) => kinds.includes(id))) continue;
    const id = before.units.ids[unit] ?? "";
    const target = before.level === "sessions" ? { sessionId: id } : { traceId: id };
    const assessments = await context.store.traces.readAssessments({ projectId, ...target, limit: 1_000 });
    const said = assessments.filter(({ name, value }) => judged.has(name) && value === true);
    const marks = kinds.map((kind) => {
      const own = said.find(({ name }) => name === issueFeedbackName(kind)) ?? said[0];
      return { kind, rationale: own?.rationale ?? "", quote: own?.quote ?? null };
    });
    const feedback = issueFeedback({ level: before.level, id, assessments }, marks, judged, {
      jobId: `${after.id}:${after.edits.length}`,
      nowUs: context.now(),
    });
    if (feedback.length > 0) await context.store.traces.addAssessments(projectId, feedback);
  }
}

/**
 * Merges, splits or renames kinds of a census: a new version, with the edit on record. The feedback on members follows.
 * @throws AppError for unknown kinds and splits that split nothing.
 */
export async function editKinds(context: Context, input: EditKinds): Promise<Answer> {
  const { census } = await findCensus(context, input.census);
  const kinds = await edited(context, census, input);
  const { action, into } = input;
  const edit = { action, kinds: [...input.kinds], into, atUs: context.now() };
  const after: Census = { ...census, kinds, edits: [...census.edits, edit] };
  await markAnew(context, census, after);
  const version = await keepCensus(context.store, context.project.id, after);
  return censusAnswer(context, { census: after, version }, undefined);
}
