import type { Json } from "../../model/json.ts";
import type { ContentRef, TraceStore } from "../../store/store.ts";
import { argumentsText, contentItems, valueText } from "../message-text.ts";
import { oneLine } from "../short.ts";
import { writeRows } from "../transcript/build.ts";
import type { DiffPair } from "./differing.ts";
import { jsonChanges } from "./json-changes.ts";
import { parsed } from "./read-steps.ts";
import type { Step } from "./step.ts";

/** What a step was given and what came of it, as values. */
interface Said {
  readonly given: Json;
  readonly got: Json;
}

const MAX_CONTENT = 500_000;
const VALUE_CHARS = 90;
const TEXT_CHARS = 160;
const MAX_PATHS = 8;

async function contentOf(
  store: TraceStore,
  projectId: string,
  ref: ContentRef | undefined | null,
): Promise<Json> {
  if (!ref) return null;
  if (ref.chars > MAX_CONTENT) return `[${ref.chars} characters, not read]`;
  return (await store.readContents(projectId, [ref.id])).get(ref.id) ?? null;
}

const wordsOf = (value: Json): string =>
  contentItems(value, "assistant")
    .items.flatMap((item) =>
      item.type === "text" ? [item.text] : item.type === "call" ? [`-> ${item.name}`] : [],
    )
    .join(" ");

async function saidOf(store: TraceStore, projectId: string, { kind, texts }: Step): Promise<Said> {
  if (texts.from === "row") {
    for await (const row of writeRows(store, projectId, [texts.draft]))
      return row.tool ? { given: row.tool.arguments, got: row.text } : { given: row.text, got: null };
    return { given: null, got: null };
  }
  if (kind === "llm") {
    const values = await Promise.all(texts.got.map((ref) => contentOf(store, projectId, ref)));
    return { given: null, got: values.map(wordsOf).join(" ") };
  }
  const [given, got] = await Promise.all([
    contentOf(store, projectId, texts.given),
    contentOf(store, projectId, texts.got[0]),
  ]);
  return { given, got };
}

const short = (value: Json | undefined): string =>
  value === undefined ? "(absent)" : oneLine(valueText(value), VALUE_CHARS).text;

/** `order.id: 1 -> 2; note: x -> (absent)` */
function changesText(from: Json, to: Json): string {
  const [a, b] = [parsed(from), parsed(to)];
  const changes = jsonChanges(a, b);
  const shown = changes
    .slice(0, MAX_PATHS)
    .map(
      (change) =>
        `${change.path === "" ? "" : `${change.path}: `}${short(change.from)} -> ${short(change.to)}`,
    );
  const more = changes.length - shown.length;
  return `${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

const wholeText = ({ given, got }: Said): string =>
  [argumentsText(given), ...(got === null || got === "" ? [] : [`-> ${valueText(got)}`])].join(" ").trim();

/** What differs at one place of the alignment, in one line of at most a few hundred characters. */
export async function differenceText(store: TraceStore, projectId: string, pair: DiffPair): Promise<string> {
  const of = (step: Step) => saidOf(store, projectId, step);
  const { a, b } = pair;
  if (!a || !b) {
    const only = a ?? b;
    return only ? oneLine(wholeText(await of(only)), TEXT_CHARS).text : "";
  }
  const [first, second] = [await of(a), await of(b)];
  const results =
    a.got === b.got
      ? ""
      : a.failed !== b.failed
        ? `${a.failed ? "failed" : "ok"} -> ${b.failed ? "failed" : "ok"}: ${changesText(first.got, second.got)}`
        : changesText(first.got, second.got);
  const given = a.given === b.given ? "" : changesText(first.given, second.given);
  if (pair.difference === "arguments" && results !== "") return `${given} | result: ${results}`;
  return given || results;
}
