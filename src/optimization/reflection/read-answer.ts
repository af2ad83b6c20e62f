import { findJson } from "../../llm/json-answer.ts";
import { readAnswerObject, type SaidAnswer } from "./answer-object.ts";

const OPENING = /^\[text ("(?:[^"\\\n]|\\.)*") ([0-9a-f]{8})\]$/gm;
const HYPOTHESIS = /^[ \t*_#]*hypothesis[ \t*_]*:[ \t*_]*(\S.*)$/im;

function nameIn(quoted: string): string | null {
  try {
    const name: unknown = JSON.parse(quoted);
    return typeof name === "string" ? name : null;
  } catch {
    return null;
  }
}

/**
 * Texts between lines of ours, whatever they hold and whatever stands around them. The end line of the last one may be
 * missing.
 */
function sectionsIn(text: string): SaidAnswer["texts"] {
  const found: { name: string; text: string }[] = [];
  OPENING.lastIndex = 0;
  for (let match = OPENING.exec(text); match !== null; match = OPENING.exec(text)) {
    const [line, quoted = "", code = ""] = match;
    const from = match.index + line.length + 1;
    const end = text.indexOf(`\n[end ${code}]`, from - 1);
    const name = nameIn(quoted);
    if (name !== null)
      found.push({ name, text: end < 0 ? text.slice(from) : text.slice(from, Math.max(from, end)) });
    if (end < 0) break;
    OPENING.lastIndex = end;
  }
  return found;
}

interface Block {
  readonly text: string;
  readonly closed: boolean;
}

/**
 * Outermost blocks between fences of backticks or tildes. A fence with a word after it opens, so that code inside a
 * fenced text does not end it; a bare one closes what is open.
 */
function fencedBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let depth = 0;
  let lines: string[] = [];
  for (const line of text.split("\n")) {
    const fence = /^\s{0,3}(?:`{3,}|~{3,})[ \t]*(\S*)[ \t]*$/.exec(line);
    if (fence !== null && (depth === 0 || fence[1] !== "")) {
      depth += 1;
      if (depth === 1) continue;
    } else if (fence !== null) {
      depth -= 1;
      if (depth === 0) {
        blocks.push({ text: lines.join("\n"), closed: true });
        lines = [];
        continue;
      }
    }
    if (depth > 0) lines.push(line);
  }
  return depth > 0 ? [...blocks, { text: lines.join("\n"), closed: false }] : blocks;
}

/** How an answer was read, or why it could not be, in words of ours. */
export type ReadAnswer = SaidAnswer | { readonly unreadable: string };

const THOUGHT = "</think>";

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What a reasoning model wrote after its thoughts; a text that only mentions their end is left as it is. */
function withoutThinking(text: string): string {
  const end = text.indexOf(THOUGHT);
  if (end < 0 || isJson(text)) return text;
  const opening = text.search(new RegExp(OPENING.source, "m"));
  const isInSection = opening >= 0 && opening < end && !/^\s*<think>/.test(text);
  return isInSection ? text : text.slice(end + THOUGHT.length);
}

/**
 * What a proposer wrote: JSON (whole, fenced, or somewhere in prose), sections as the order has them, or, when one text
 * is asked, one block between code fences. `only` is the name of that one text.
 */
export function readAnswer(answer: string, only: string | null): ReadAnswer {
  const text = withoutThinking(answer);
  if (text.trim() === "") return { unreadable: "the answer was empty" };
  const hypothesis = HYPOTHESIS.exec(text)?.[1]?.trim() ?? null;
  // Before JSON, which a text may hold.
  const sections = sectionsIn(text);
  if (sections.length > 0) return { hypothesis, texts: sections, edits: [] };
  const json = findJson(text, (value) => readAnswerObject(value) !== null);
  const said = json === undefined ? null : readAnswerObject(json);
  if (said !== null) return said;
  if (only === null)
    return { unreadable: "the answer was neither JSON nor sections, and several texts were asked for" };
  const blocks = fencedBlocks(text);
  const [block] = blocks;
  if (block === undefined) return { unreadable: "the answer had no text between fences" };
  if (blocks.length > 1)
    return { unreadable: "the answer had several fenced blocks, and nothing says which is the text" };
  return { hypothesis, texts: [{ name: only, text: block.text }], edits: [] };
}
