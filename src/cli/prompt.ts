import { renderAnswer } from "../app/call-tool.ts";
import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { promptAlias } from "../model/prompt.ts";
import { type AliasMove, moveAlias, rollBackAlias } from "../registry/aliases.ts";
import { promptDiff } from "../registry/diff.ts";
import { findPrompt } from "../registry/find.ts";
import { parseLink } from "../registry/link/link.ts";
import { linkState, pushPrompt, readLink, readLinkedFile, setLink } from "../registry/linked.ts";
import { parsePromptReference, referenceOf } from "../registry/reference.ts";
import { renderPrompt } from "../registry/render.ts";
import { keepPrompt } from "../registry/save.ts";
import { listPrompts, showPrompt } from "../registry/show.ts";
import { printAnswer } from "./print.ts";
import { draftFromFile, exportText, valuesFrom, writeOut } from "./prompt-files.ts";
import { withApp } from "./with-app.ts";

export interface PromptOptions {
  readonly project?: string;
  readonly message?: string;
  readonly expect?: number;
  readonly rollback?: boolean;
  readonly remove?: boolean;
  readonly var?: readonly string[];
  readonly json?: boolean;
  readonly out?: string;
}

interface Request {
  readonly context: Context;
  readonly name: string;
  readonly more: readonly string[];
  readonly options: PromptOptions;
}

async function diff({ context, name, more: [other] }: Request): Promise<void> {
  if (other === undefined)
    throw invalidInput("Two versions are needed", "evalwright prompt diff support@1 support@2");
  const [before, after] = [await findPrompt(context, name), await findPrompt(context, other)];
  process.stdout.write(promptDiff(before, after));
}

async function save({ context, name, more: [file], options }: Request): Promise<void> {
  const draft = { name, message: options.message, ...(await draftFromFile(file, options.json ?? false)) };
  const { version, created } = await keepPrompt(context, draft);
  console.log(`${referenceOf(version)}${created ? "" : " was there already"}`);
}

const words = (name: string, { alias, from, to, moved }: AliasMove): string => {
  const at = (version: number | null) => (version === null ? "nowhere" : `${name}@${version}`);
  return moved ? `${alias}: ${at(from)} -> ${at(to)}` : `${alias} stands at ${at(to)} already`;
};

async function alias({ context, name, more: [alias, version], options }: Request): Promise<void> {
  const { rollback, remove, expect } = options;
  const note = options.message ?? null;
  if (alias === undefined || [version !== undefined, rollback, remove].filter(Boolean).length !== 1)
    throw invalidInput(
      "An alias and one of a version, --rollback and --remove are needed",
      "evalwright prompt alias support production 7",
    );
  const parsed = promptAlias.safeParse(alias);
  if (!parsed.success) throw invalidInput(`The alias ${parsed.error.issues[0]?.message}`);
  const { name: bare } = await findPrompt(context, parsePromptReference(name).name);
  if (rollback) return console.log(words(bare, await rollBackAlias(context, { name: bare, alias, note })));
  const target = remove ? null : (await findPrompt(context, `${bare}@${version}`)).version;
  const expected = expect === undefined ? undefined : expect || null;
  console.log(words(bare, await moveAlias(context, { name: bare, alias, version: target, expected, note })));
}

async function exportOne({ context, name, options }: Request): Promise<void> {
  const version = await findPrompt(context, name);
  await writeOut(exportText(version.content, options.json ?? false), options.out);
}

async function render({ context, name, options }: Request): Promise<void> {
  const { content } = await findPrompt(context, name);
  const filled = renderPrompt(content, valuesFrom(options.var ?? [], content.variables));
  await writeOut(typeof filled === "string" ? filled : `${JSON.stringify(filled, null, 2)}\n`, options.out);
}

async function link({ context, name, more: [place], options }: Request): Promise<void> {
  if ((place === undefined) === (options.remove === undefined))
    throw invalidInput(
      "A place or --remove is needed",
      "evalwright prompt link support src/prompts.ts#SYSTEM_PROMPT",
    );
  const prompt = await findPrompt(context, name);
  const target = place === undefined ? null : parseLink(place);
  if (target) await readLink(target);
  await setLink(context, prompt.name, target);
  const state = await linkState(context, prompt);
  console.log(state ? `${prompt.name} -> ${state.link}: ${state.state}` : `${prompt.name} is not linked`);
}

async function pull({ context, name, options }: Request): Promise<void> {
  const bare = parsePromptReference(name).name;
  const { text, version } = await readLinkedFile(context, bare);
  if (version) return console.log(`${referenceOf(version)} has this text already`);
  const kept = await keepPrompt(context, { name: bare, text, message: options.message });
  console.log(referenceOf(kept.version));
}

async function push({ context, name }: Request): Promise<void> {
  const { version, file, changed } = await pushPrompt(context, name);
  console.log(
    changed
      ? `${referenceOf(version)} -> ${file}`
      : `${file} has the text of ${referenceOf(version)} already`,
  );
}

const ACTIONS: Readonly<Record<string, (request: Request) => Promise<void>>> = {
  show: async ({ context, name }) => printAnswer(renderAnswer(await showPrompt(context, { id: name }))),
  diff,
  save,
  export: exportOne,
  render,
  alias,
  link,
  pull,
  push,
};

/** `evalwright prompt list | show | diff | save | export | render | alias | link | pull | push`. */
export async function promptCommand(
  action: string,
  name: string | undefined,
  more: readonly string[],
  options: PromptOptions,
): Promise<void> {
  await withApp(options, async (context) => {
    const act = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (action === "list") printAnswer(renderAnswer(await listPrompts(context, { name, limit: 200 })));
    else if (!act)
      throw invalidInput(
        `"${action.slice(0, 40)}" is no action`,
        `Actions: list, ${Object.keys(ACTIONS).join(", ")}.`,
      );
    else if (name === undefined)
      throw invalidInput("A prompt is needed", "evalwright prompt list shows them.");
    else await act({ context, name, more, options });
  });
}
