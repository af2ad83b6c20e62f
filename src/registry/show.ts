import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import type { PromptContent, PromptVersion } from "../model/prompt.ts";
import { budgetFor, cutToCost, sizeOf } from "../reading/budget.ts";
import { type Alias, aliasHistory, allAliases, listAliases } from "./aliases.ts";
import { promptDiff } from "./diff.ts";
import { findPrompt, toPromptVersion } from "./find.ts";
import { linkState } from "./linked.ts";
import { referenceOf } from "./reference.ts";
import { charsOf } from "./variables.ts";

type Showing = Pick<Context, "store" | "project">;

export interface PromptQuery {
  readonly id: string;
  readonly compareTo?: string | undefined;
  readonly cursor?: string | undefined;
  readonly maxTokens?: number | undefined;
}

/** Characters of JSON beyond which variables and settings are not shown beside the template. */
const BESIDE = 2_500;
const MOVES = 10;

const made = (us: number): string => new Date(us / 1_000).toISOString();
const aliasesAt = (aliases: readonly Alias[], version: number): string[] =>
  aliases.filter((item) => item.version === version).map(({ alias }) => alias);

/** list_records of prompts: the newest version of each, or all versions of one. */
export async function listPrompts(
  context: Showing,
  query: { readonly name?: string | undefined; readonly limit: number; readonly cursor?: string | undefined },
): Promise<Answer> {
  const { name, limit, cursor } = query;
  const { versions } = context.store.records;
  const [page, aliases] = await Promise.all([
    versions.list({ projectId: context.project.id, kind: "prompt", name, limit, cursor }),
    allAliases(context),
  ]);
  const aliasWords = (version: PromptVersion): string => {
    const all = aliases.get(version.name) ?? [];
    return name === undefined
      ? all.map((item) => `${item.alias}@${item.version}`).join(" ")
      : aliasesAt(all, version.version).join(" ");
  };
  return {
    data: {},
    untrusted: {
      prompts: {
        columns: ["prompt", "type", "chars", "aliases", "made", "message"],
        rows: page.items
          .map(toPromptVersion)
          .map((version): Json[] => [
            referenceOf(version),
            typeof version.content.template === "string" ? "text" : "chat",
            charsOf(version.content.template),
            aliasWords(version),
            made(version.createdUs).slice(0, 16),
            version.note ?? "",
          ]),
      },
    },
    page: { returned: page.items.length, total: page.total, next: page.next },
  };
}

const MOST_REFERENCES = 100;

/** The newest version of each prompt and its aliases, at most 100 prompts. */
export async function listPromptReferences(
  context: Showing,
): Promise<{ readonly reference: string; readonly title: string }[]> {
  const query = { projectId: context.project.id, kind: "prompt", limit: MOST_REFERENCES } as const;
  const [page, aliases] = await Promise.all([
    context.store.records.versions.list(query),
    allAliases(context),
  ]);
  return page.items.flatMap((item) => [
    { reference: referenceOf(item), title: `Prompt ${item.name}, version ${item.version} (newest)` },
    ...(aliases.get(item.name) ?? []).map(({ alias, version }) => ({
      reference: `${item.name}@${alias}`,
      title: `Prompt ${item.name}, ${alias} (version ${version})`,
    })),
  ]);
}

/** Where the next page of a template begins: in which of its messages, at which UTF-16 unit. */
interface Place {
  readonly message: number;
  readonly offset: number;
}

function placeOf(cursor: string | undefined): Place {
  if (cursor === undefined) return { message: 0, offset: 0 };
  const [, message, offset] = /^text:(\d{1,4}):(\d{1,8})$/.exec(cursor) ?? [];
  if (message === undefined || offset === undefined)
    throw invalidInput("cursor is not one that get_record gave", "Leave it out to begin again.");
  return { message: Number(message), offset: Number(offset) };
}

interface Piece {
  readonly role: string;
  readonly content: string;
}

/** As much of the template, from a place on, as takes at most `budget` characters of JSON. */
function takePieces(all: readonly Piece[], from: Place, budget: number) {
  const pieces: Piece[] = [];
  let room = budget;
  for (let message = from.message; message < all.length; message += 1) {
    const { role, content } = all[message] ?? { role: "", content: "" };
    const offset = message === from.message ? from.offset : 0;
    const rest = content.slice(offset);
    const { text, omittedChars } = cutToCost(rest, room);
    const isStuck = text === "" && rest !== "";
    if (!isStuck) pieces.push({ role, content: text });
    if (isStuck || omittedChars > 0) return { pieces, next: `text:${message}:${offset + text.length}` };
    room -= sizeOf(text) + 20;
    if (room <= 0 && message + 1 < all.length) return { pieces, next: `text:${message + 1}:0` };
  }
  return { pieces, next: null };
}

function templatePage({ template }: PromptContent, cursor: string | undefined, budget: number) {
  const all = typeof template === "string" ? [{ role: "", content: template }] : template;
  const { pieces, next } = takePieces(all, placeOf(cursor), Math.max(400, budget));
  const returned = pieces.reduce((sum, { content }) => sum + content.length, 0);
  const shown: { [key: string]: Json } =
    typeof template === "string"
      ? { text: pieces[0]?.content ?? "" }
      : { messages: pieces.map(({ role, content }) => ({ role, content })) };
  return { shown, next, returned };
}

/** get_record of a prompt: one version with its template in pages, or what differs from another version. */
export async function showPrompt(context: Showing, query: PromptQuery): Promise<Answer> {
  const version = await findPrompt(context, query.id);
  if (query.compareTo !== undefined) return showDiff(context, version, query);
  const { name, hash, content, note, parent, createdUs } = version;
  const [aliases, newest, history, file] = await Promise.all([
    listAliases(context, name),
    context.store.records.versions.get(context.project.id, "prompt", name),
    aliasHistory(context, name, MOVES),
    linkState(context, version),
  ]);
  const omitted: Omission[] = [];
  const beside = (what: "variables" | "settings", value: Json) => {
    if (sizeOf(value) <= BESIDE) return { [what]: value };
    omitted.push({
      kind: `characters of ${what}`,
      count: sizeOf(value),
      how: `resource evalwright://prompt/${referenceOf(version)}`,
    });
    return {};
  };
  const isFirst = query.cursor === undefined;
  const besides = isFirst
    ? {
        ...(note === null ? {} : { message: note }),
        ...(file === undefined ? {} : { file }),
        ...beside("variables", JSON.parse(JSON.stringify(content.variables))),
        ...beside("settings", content.settings),
        moves: {
          columns: ["alias", "from", "to", "when", "why"],
          rows: history.map((move): Json[] => [
            move.alias,
            move.from,
            move.to,
            made(move.movedUs).slice(0, 19),
            move.note ?? "",
          ]),
        },
      }
    : {};
  const budget = budgetFor(query.maxTokens) - 700 - sizeOf(besides);
  const page = templatePage(content, query.cursor, budget);
  return {
    data: {
      prompt: referenceOf(version),
      hash,
      type: typeof content.template === "string" ? "text" : "chat",
      chars: charsOf(content.template),
      made: made(createdUs),
      parent,
      newest: newest?.version ?? version.version,
      aliases: aliases.map(({ alias, version: at }) => `${alias}@${at}`),
    },
    untrusted: { ...besides, ...page.shown },
    page: { returned: page.returned, total: charsOf(content.template), next: page.next },
    omitted,
  };
}

async function showDiff(context: Showing, after: PromptVersion, query: PromptQuery): Promise<Answer> {
  const before = await findPrompt(context, query.compareTo ?? "");
  const whole = promptDiff(before, after);
  const { offset } = placeOf(query.cursor);
  const { text, omittedChars } = cutToCost(whole.slice(offset), budgetFor(query.maxTokens) - 600);
  return {
    data: { prompt: referenceOf(after), comparedTo: referenceOf(before), same: whole === "" },
    untrusted: { diff: text },
    page: {
      returned: text.length,
      total: whole.length,
      next: omittedChars > 0 ? `text:0:${offset + text.length}` : null,
    },
  };
}
