import { hashOf } from "../../canonical.ts";
import type { Context } from "../../context.ts";
import { notFound } from "../../errors.ts";
import { MatchRecord, type MatchResult } from "../../model/match.ts";

type Finding = Pick<Context, "store" | "project">;

/** Whether an id of an optimization is a model switch's. */
export const isMatchId = (id: string): boolean => id.startsWith("ma-");

/** @throws AppError `not_found`. */
export async function findMatch({ store, project }: Finding, id: string): Promise<MatchRecord> {
  const found = await store.records.versions.get(project.id, "match", id);
  if (found) return MatchRecord.parse(found.body);
  throw notFound("model switch", id, "start_optimization with teacher and students makes one.");
}

/** Keeps what a switch is, or what it came to, as its next version. */
export async function keepMatch(
  { store, project }: Finding,
  record: Omit<MatchRecord, "result">,
  result: MatchResult | null,
): Promise<void> {
  const body = JSON.parse(JSON.stringify({ ...record, result }));
  const { versions } = store.records;
  await versions.save({
    projectId: project.id,
    kind: "match",
    name: record.id,
    hash: hashOf(body),
    body,
    note: null,
  });
}
