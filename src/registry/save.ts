import { z } from "zod";
import { parseArguments } from "../arguments.ts";
import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import { AppError, invalidInput } from "../errors.ts";
import type { Answer, NextCall } from "../model/answer.ts";
import { Json } from "../model/json.ts";
import {
  PromptContent,
  type PromptMessage,
  PromptVariable,
  type PromptVersion,
  promptName,
  VariableType,
} from "../model/prompt.ts";
import { type AliasMove, listAliases, moveAlias } from "./aliases.ts";
import { findPrompt, toPromptVersion } from "./find.ts";
import { parseLink } from "./link/link.ts";
import { readLink, setLink } from "./linked.ts";
import { referenceOf } from "./reference.ts";
import { charsOf, completeVariables, namesIn } from "./variables.ts";

type Saving = Pick<Context, "store" | "project">;

/** UTF-16 units that a template may have, with all its messages. */
const TEMPLATE_CHARS = 4_000_000;
const SETTINGS_CHARS = 100_000;

const Details = z.strictObject({
  variables: z.record(z.string(), PromptVariable).optional(),
  settings: z.record(z.string(), Json).optional(),
});

/**
 * Variables and settings as a caller wrote them.
 * @throws AppError `invalid_input` that says what each may be.
 */
export const readDetails = (details: unknown): z.infer<typeof Details> =>
  parseArguments(
    Details,
    [
      `variables {NAME: {type: ${VariableType.options.join(" | ")}, required, default, description}}`,
      "settings {NAME: JSON}",
    ],
    details,
    "A prompt",
  );

export interface PromptDraft {
  readonly name: string;
  /** Exactly one of both; neither with `version`. */
  readonly text?: string | undefined;
  readonly messages?: readonly PromptMessage[] | undefined;
  /** Left out: as in the version before, as far as the template still uses them. */
  readonly variables?: Readonly<Record<string, PromptVariable>> | undefined;
  /** Left out: as in the version before. */
  readonly settings?: Readonly<Record<string, Json>> | undefined;
  readonly message?: string | undefined;
  /** The version that it was made from; default the newest. */
  readonly parent?: number | undefined;
}

export interface SavePrompt extends PromptDraft {
  /** An existing version to move the alias to, instead of a new text. */
  readonly version?: number | undefined;
  readonly alias?: string | undefined;
  /** Where the alias must stand now; 0: nowhere. */
  readonly aliasFrom?: number | undefined;
  /** Links the prompt to this place of the repository; without a text, that is the text. */
  readonly file?: string | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

async function parentOf(context: Saving, { name, parent }: PromptDraft): Promise<PromptVersion | undefined> {
  if (parent !== undefined) return findPrompt(context, `${name}@${parent}`);
  const newest = await context.store.records.versions.get(context.project.id, "prompt", name);
  return newest && toPromptVersion(newest);
}

/**
 * What a draft would save: its template, all variables that it uses, and what it keeps of the version before.
 * @throws AppError `invalid_input` that says what is wrong.
 */
async function completeDraft(context: Saving, draft: PromptDraft): Promise<PromptContent> {
  const { name, text, messages, variables, settings } = draft;
  const named = promptName.safeParse(name);
  if (!named.success) throw invalidInput(`The name ${named.error.issues[0]?.message}`);
  if ((text === undefined) === (messages === undefined))
    throw invalidInput(
      "Give text, messages or file, one of them",
      "A chat template has messages with roles.",
    );
  const earlier = (await parentOf(context, draft))?.content;
  const template = messages === undefined ? (text ?? "") : [...messages];
  const content = {
    template,
    variables: completeVariables(template, variables, earlier?.variables ?? {}),
    settings: settings ?? earlier?.settings ?? {},
  };
  const parsed = PromptContent.safeParse(content);
  if (!parsed.success) throw invalidInput("messages must be 1 to 200");
  if (charsOf(template) > TEMPLATE_CHARS)
    throw new AppError("too_large", `The template has more than ${TEMPLATE_CHARS} characters`);
  if (JSON.stringify(content.settings).length > SETTINGS_CHARS)
    throw invalidInput(`settings has more than ${SETTINGS_CHARS} characters of JSON`);
  return parsed.data;
}

/** Keeps a draft as the next version of its name; a content that is there already is its old version. */
export async function keepPrompt(
  context: Saving,
  draft: PromptDraft,
  idempotencyKey?: string | undefined,
): Promise<{ readonly version: PromptVersion; readonly created: boolean }> {
  const content = await completeDraft(context, draft);
  await context.store.records.ensureProject(context.project);
  const body: Json = JSON.parse(JSON.stringify(content));
  const hash = hashOf(body);
  const { record, created } = await context.store.records.versions.save(
    {
      projectId: context.project.id,
      kind: "prompt",
      name: draft.name,
      hash,
      body,
      note: draft.message ?? null,
      parent: draft.parent,
    },
    idempotencyKey === undefined
      ? undefined
      : { key: `prompt:${idempotencyKey}`, argsHash: hashOf([draft.name, body]) },
  );
  return { version: toPromptVersion(record), created };
}

/** Refused before anything is saved where it can be known; the move itself checks again. */
async function checkAlias(context: Saving, { name, alias, aliasFrom }: SavePrompt): Promise<void> {
  if (alias === undefined) {
    if (aliasFrom !== undefined) throw invalidInput("aliasFrom needs alias");
    return;
  }
  if (aliasFrom === undefined) return;
  const now = (await listAliases(context, name)).find((item) => item.alias === alias)?.version ?? 0;
  if (now !== aliasFrom)
    throw new AppError(
      "conflict",
      `Alias ${alias} stands at ${now === 0 ? "no version" : `${name}@${now}`}: it was moved meanwhile`,
      { hint: "Nothing was saved. Look at that version, and decide again." },
    );
}

const aliasData = (move: AliasMove): Json => ({
  alias: move.alias,
  from: move.from,
  to: move.to,
  moved: move.moved,
});

const nextOf = (name: string, version: number): NextCall[] =>
  version < 2
    ? []
    : [
        {
          tool: "get_record",
          arguments: { kind: "prompt", id: `${name}@${version}`, compareTo: `${name}@${version - 1}` },
          why: "what changed",
        },
      ];

const contentData = ({ template, variables }: PromptContent) => {
  const used = new Set(namesIn(template));
  const unused = Object.keys(variables).filter((name) => !used.has(name));
  return {
    type: typeof template === "string" ? "text" : "chat",
    chars: charsOf(template),
    variables: Object.keys(variables),
    ...(unused.length > 0 ? { notInTemplate: unused } : {}),
  };
};

/**
 * save_prompt: a new version, a move of an alias, or both.
 * @throws AppError `invalid_input`, or `conflict` when the alias does not stand where it was expected.
 */
export async function savePrompt(context: Saving, asked: SavePrompt): Promise<Answer> {
  const { name, alias, aliasFrom, version: existing, dryRun, idempotencyKey } = asked;
  await checkAlias(context, asked);
  const link = asked.file === undefined ? null : parseLink(asked.file);
  const linked = link && (await readLink(link));
  if (link && asked.messages !== undefined) throw invalidInput("A chat cannot be linked to a file");
  const takesLinked = linked !== null && asked.text === undefined && existing === undefined;
  const input = takesLinked ? { ...asked, text: linked.text } : asked;
  if (
    existing !== undefined &&
    (input.text !== undefined || input.messages !== undefined || alias === undefined)
  )
    throw invalidInput(
      "version is for moving an alias to an existing version",
      "Give version and alias, or a text to save.",
    );
  if (dryRun && existing === undefined)
    return { data: { saved: false, ...contentData(await completeDraft(context, input)) } };
  const { version, created } =
    existing === undefined
      ? await keepPrompt(context, input, idempotencyKey)
      : { version: await findPrompt(context, `${name}@${existing}`), created: false };
  if (dryRun) return { data: { prompt: referenceOf(version), saved: false } };
  if (link) await setLink(context, name, link);
  const move =
    alias === undefined
      ? null
      : await moveAlias(
          context,
          {
            name,
            alias,
            version: version.version,
            expected: aliasFrom === undefined ? undefined : aliasFrom || null,
            note: input.message ?? null,
          },
          idempotencyKey === undefined
            ? undefined
            : { key: `prompt-alias:${idempotencyKey}`, argsHash: hashOf([name, alias, version.version]) },
        );
  return {
    data: {
      prompt: referenceOf(version),
      ...(existing === undefined
        ? { saved: true, ...(created ? {} : { unchanged: "this version was there already" }) }
        : {}),
      hash: version.hash.slice(0, 12),
      ...contentData(version.content),
      ...(linked ? { fileHasThisText: linked.text === version.content.template } : {}),
      ...(move ? { alias: aliasData(move) } : {}),
    },
    next: nextOf(name, version.version),
  };
}
