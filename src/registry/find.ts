import type { Context } from "../context.ts";
import { notFound } from "../errors.ts";
import { PromptContent, type PromptVersion } from "../model/prompt.ts";
import { nearMatch } from "../near-match.ts";
import type { VersionedRecord } from "../store/version-store.ts";
import { listAliases } from "./aliases.ts";
import { parsePromptReference } from "./reference.ts";

type Finding = Pick<Context, "store" | "project">;

const MOST_NAMES = 20;

export const toPromptVersion = ({ body, ...record }: VersionedRecord): PromptVersion => ({
  name: record.name,
  version: record.version,
  hash: record.hash,
  content: PromptContent.parse(body),
  note: record.note,
  parent: record.parent,
  createdUs: record.createdUs,
});

async function unknownName({ store, project }: Finding, name: string, reference: string): Promise<Error> {
  const { items, total } = await store.records.versions.list({
    projectId: project.id,
    kind: "prompt",
    limit: 200,
  });
  const names = items.map((item) => item.name);
  const near = nearMatch(name, names);
  const more = (total ?? names.length) - MOST_NAMES;
  return notFound(
    "prompt",
    reference,
    names.length === 0
      ? "The project has no prompts; save_prompt or evalwright prompt save makes one."
      : `${near ? `Did you mean "${near}"? ` : ""}Prompts: ${names.slice(0, MOST_NAMES).join(", ")}${more > 0 ? ` and ${more} more` : ""}.`,
  );
}

/**
 * The version that a reference names: `support@7`, `support@production`, or `support` for the newest.
 * @throws AppError `not_found` with the names, versions or aliases that there are.
 */
export async function findPrompt(context: Finding, reference: string): Promise<PromptVersion> {
  const { name, version, alias } = parsePromptReference(reference);
  const { versions } = context.store.records;
  const get = (wanted: number | undefined) => versions.get(context.project.id, "prompt", name, wanted);
  const aliases = alias === undefined ? [] : await listAliases(context, name);
  const aliased = aliases.find((item) => item.alias === alias);
  const record = alias !== undefined && !aliased ? undefined : await get(aliased?.version ?? version);
  if (record) return toPromptVersion(record);
  const newest = await get(undefined);
  if (!newest) throw await unknownName(context, name, reference);
  const known = await listAliases(context, name);
  const words = known.map((item) => `${item.alias} (${item.version})`).join(", ") || "none";
  throw notFound("prompt", reference, `${name} has versions 1 to ${newest.version}; its aliases: ${words}.`);
}
