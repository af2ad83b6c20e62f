import type { Context } from "../context.ts";
import { AppError, invalidInput } from "../errors.ts";
import type { PromptVersion } from "../model/prompt.ts";
import { workingFolder } from "../project.ts";
import { findRepository } from "../targets/repository.ts";
import { findPrompt, toPromptVersion } from "./find.ts";
import { linkText, type PromptLink, parseLink } from "./link/link.ts";
import { type LinkedPrompt, readLinkedPrompt, replaceLinkedPrompt, textHash } from "./prompt-file.ts";

type Linking = Pick<Context, "store" | "project">;

const POINTER = "file";

const rootOf = async (): Promise<string> => (await findRepository(workingFolder())).root;

/** Where a prompt's text stands in the repository; undefined when it is not linked. */
export async function linkOf({ store, project }: Linking, name: string): Promise<PromptLink | undefined> {
  const pointers = await store.records.pointers.list(project.id, "prompt", name);
  const found = pointers.find(({ pointer }) => pointer === POINTER);
  return found && parseLink(found.value);
}

/** Links a prompt to a file, or with null takes the link away; recorded like the moves of aliases. */
export async function setLink(
  { store, project }: Linking,
  name: string,
  link: PromptLink | null,
): Promise<void> {
  await store.records.pointers.move({
    projectId: project.id,
    kind: "prompt",
    name,
    pointer: POINTER,
    value: link && linkText(link),
    note: null,
  });
}

/** The text that a link of the working folder's repository names. */
export const readLink = async (link: PromptLink): Promise<LinkedPrompt> =>
  readLinkedPrompt(link, await rootOf());

const alike = (text: string): string => text.replaceAll("\r\n", "\n");

/** The newest version whose text is the one given, line ends aside. */
async function versionWithText(
  { store, project }: Linking,
  name: string,
  text: string,
): Promise<PromptVersion | undefined> {
  let cursor: string | undefined;
  do {
    const query = { projectId: project.id, kind: "prompt", name, limit: 50, cursor } as const;
    const page = await store.records.versions.list(query);
    const found = page.items
      .map(toPromptVersion)
      .find(({ content: { template } }) => typeof template === "string" && alike(template) === alike(text));
    if (found) return found;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return undefined;
}

export type LinkState =
  | "same text"
  | "another version's text"
  | "text that no version has"
  | "cannot be read here";

export interface LinkedChange {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/**
 * What changing a prompt's text would do to the file that it is linked to: `fits` when the text before stands there,
 * `there` when the one after does, `conflict` for any other; undefined when it is not linked.
 * @throws what `readLinkedPrompt` throws.
 */
export async function linkedChange(
  context: Linking,
  { name, before, after }: LinkedChange,
): Promise<{ readonly state: "fits" | "there" | "conflict"; readonly file: string } | undefined> {
  const link = await linkOf(context, name);
  if (!link) return undefined;
  const { text, file } = await readLink(link);
  if (alike(text) === alike(before)) return { state: "fits", file };
  return { state: alike(text) === alike(after) ? "there" : "conflict", file };
}

/**
 * Puts the text after in place of the one before where a prompt is linked to.
 * @throws AppError `conflict` when another text stands there by now.
 */
export async function changeLinked(context: Linking, { name, before, after }: LinkedChange): Promise<void> {
  const link = await linkOf(context, name);
  if (!link) return;
  const { text, hash } = await readLink(link);
  const expected = alike(text) === alike(before) ? hash : textHash(before);
  await replaceLinkedPrompt(link, expected, after, await rootOf());
}

/** How the linked file stands to a version; undefined when there is no link. */
export async function linkState(
  context: Linking,
  { name, content }: PromptVersion,
): Promise<
  { readonly link: string; readonly state: LinkState; readonly version: number | null } | undefined
> {
  const link = await linkOf(context, name);
  if (!link) return undefined;
  try {
    const { text } = await readLink(link);
    const isSame = typeof content.template === "string" && alike(content.template) === alike(text);
    if (isSame) return { link: linkText(link), state: "same text", version: null };
    const other = await versionWithText(context, name, text);
    return {
      link: linkText(link),
      state: other ? "another version's text" : "text that no version has",
      version: other?.version ?? null,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { link: linkText(link), state: "cannot be read here", version: null };
  }
}

async function neededLink(context: Linking, name: string): Promise<PromptLink> {
  const link = await linkOf(context, name);
  if (link) return link;
  throw invalidInput(
    `${name} is not linked to a file`,
    `evalwright prompt link ${name} PATH, or PATH#SYMBOL, links it.`,
  );
}

/**
 * What stands in the linked file, and the version that has this text already.
 * @throws AppError `invalid_input` without a link, and what reading the file throws.
 */
export async function readLinkedFile(
  context: Linking,
  name: string,
): Promise<{ readonly text: string; readonly version: PromptVersion | undefined }> {
  const { text } = await readLink(await neededLink(context, name));
  return { text, version: await versionWithText(context, name, text) };
}

/**
 * Writes a version's text into the linked file. What stands there must be a version's text, so that nothing that
 * somebody wrote there is lost.
 * @throws AppError `conflict` when the file has changes that no version has, `invalid_input` for chats.
 */
export async function pushPrompt(
  context: Linking,
  reference: string,
): Promise<{ readonly version: PromptVersion; readonly file: string; readonly changed: boolean }> {
  const version = await findPrompt(context, reference);
  const link = await neededLink(context, version.name);
  const { template } = version.content;
  if (typeof template !== "string")
    throw invalidInput("A chat cannot be written into a file", "Links are for prompts that are one text.");
  const root = await rootOf();
  const now = await readLinkedPrompt(link, root);
  if (alike(now.text) === alike(template)) return { version, file: now.file, changed: false };
  if (!(await versionWithText(context, version.name, now.text)))
    throw new AppError("conflict", "The linked file has a text that no version has", {
      hint: `Nothing was written. evalwright prompt pull ${version.name} keeps it as a version; then push again.`,
    });
  const { file } = await replaceLinkedPrompt(link, textHash(now.text), template, root);
  return { version, file, changed: true };
}
