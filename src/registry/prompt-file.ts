import { randomBytes } from "node:crypto";
import { access, constants, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join, relative, sep } from "node:path";
import { hashOf } from "../canonical.ts";
import { AppError, invalidInput } from "../errors.ts";
import { placeInside } from "../targets/repository.ts";
import { dataFile } from "./link/data-file.ts";
import { kindOfLink, type PromptLink } from "./link/link.ts";
import type { Located } from "./link/located.ts";
import { programFile } from "./link/program-file.ts";
import { wholeFile } from "./link/whole-file.ts";

/** Bytes that a linked file may have. */
const MAX_BYTES = 16 * 1024 * 1024;
const BOM = /^\ufeff/;

export interface LinkedPrompt {
  readonly text: string;
  /** Of the text, by `textHash`: what a replacement expects to find. */
  readonly hash: string;
  /** Real path, relative to the root of the repository. */
  readonly file: string;
}

/** SHA-256 of a text: 64 hex digits. */
export const textHash = (text: string): string => hashOf(text);

interface Opened {
  readonly real: string;
  readonly file: string;
  readonly source: string;
  readonly located: Located;
}

async function sourceOf(real: string): Promise<string> {
  const { size } = await stat(real);
  if (size > MAX_BYTES) throw new AppError("too_large", `The linked file has more than ${MAX_BYTES} bytes`);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await readFile(real));
  } catch (cause) {
    throw new AppError("invalid_input", "The linked file cannot be read as UTF-8 text", { cause });
  }
}

function locate(link: PromptLink, source: string): Located {
  const kind = kindOfLink(link);
  const symbol = link.symbol ?? "";
  if (kind === "text") return wholeFile(source);
  if (kind === "data") return dataFile(source, symbol, extname(link.path).toLowerCase() === ".json");
  return programFile(source, symbol, kind);
}

async function openLink(link: PromptLink, root: string): Promise<Opened> {
  const real = await placeInside(root, link.path, "linked file");
  const file = relative(await placeInside(root, ".", "repository"), real);
  if (file.split(sep).includes(".git"))
    throw invalidInput("A file of git's own folder is no prompt", "Link to a file that is versioned.");
  if (!(await stat(real)).isFile()) throw invalidInput("The link names a folder", "Link to a file.");
  const source = await sourceOf(real);
  return { real, file, source, located: locate(link, source.replace(BOM, "")) };
}

/**
 * The text that a link names, as a program that reads the file sees it: without the byte order mark; of a value of
 * YAML or JSON, or of a constant of a program, what the value is.
 * @param root real path of the repository.
 * @throws AppError `invalid_input` when the file is missing, outside the repository or not UTF-8, or the symbol is
 * missing or ambiguous.
 */
export async function readLinkedPrompt(link: PromptLink, root: string): Promise<LinkedPrompt> {
  const { file, located } = await openLink(link, root);
  return { text: located.text, hash: textHash(located.text), file };
}

/**
 * Puts a text where a link points. All else in the file stays as it is, byte for byte: comments, layout, line ends,
 * byte order mark, permissions. The file is replaced whole, so that no reader sees half of it.
 * @param expectedHash `textHash` of the text that is to be replaced.
 * @returns what stands there now.
 * @throws AppError `conflict` when another text stands there, `refused` when the text cannot be written so, and what
 * `readLinkedPrompt` throws.
 */
export async function replaceLinkedPrompt(
  link: PromptLink,
  expectedHash: string,
  newText: string,
  root: string,
): Promise<LinkedPrompt> {
  const { real, source, located } = await openLink(link, root);
  if (textHash(located.text) !== expectedHash) throw changed();
  const written = located.replaced(newText);
  if (written === undefined || !written.isWellFormed())
    throw new AppError("refused", "The text cannot be written where the link points", {
      hint: "It has characters that this kind of file cannot hold, or the value is shared by an anchor.",
    });
  const check = async () => {
    if ((await placeInside(root, link.path, "linked file")) !== real || (await sourceOf(real)) !== source)
      throw changed();
  };
  await writeWhole(real, `${BOM.exec(source)?.[0] ?? ""}${written}`, check);
  return readLinkedPrompt(link, root);
}

const changed = (): AppError =>
  new AppError("conflict", "The linked file does not have the text that was expected: it changed meanwhile", {
    hint: "Nothing was written. Save what stands there as a version first (evalwright prompt pull NAME).",
  });

/** Beside the file, with its permissions, then in its place. */
async function writeWhole(path: string, text: string, check: () => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await access(path, constants.W_OK);
    const { mode } = await stat(path);
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      await handle.chmod(mode & 0o7777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await check();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    if (error instanceof AppError) throw error;
    throw new AppError("unavailable", "The linked file cannot be written", {
      hint: "Check the permissions of the file and its folder.",
      cause: error,
    });
  }
}
