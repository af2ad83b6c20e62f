import type { Json } from "../../model/json.ts";
import type { ContentId, TraceStore } from "../../store/store.ts";
import { contentItems, type Item, saidText, valueText } from "../message-text.ts";
import { draftTranscript } from "./draft.ts";
import type { Draft, Source, TranscriptRow } from "./rows.ts";

const ROWS_AT_A_TIME = 40;

const contentsIn = (row: Draft): ContentId[] =>
  [row.text, row.tool?.arguments ?? null].flatMap((source) =>
    source === null || source.from === "words" ? [] : [source.content],
  );

type Contents = ReadonlyMap<ContentId, Json>;

const itemAt = (source: Source & { from: "item" }, contents: Contents, role: "user" | "assistant") =>
  contentItems(contents.get(source.content) ?? null, role).items[source.index];

const resultOf = (item: Item | undefined): string =>
  item === undefined
    ? ""
    : item.type === "result"
      ? valueText(item.result)
      : item.type === "call"
        ? ""
        : item.text;

function textOf(row: Draft, contents: Contents): string {
  const { text } = row;
  if (text === null) return "";
  if (text.from === "words") return text.text;
  if (text.from === "value") {
    const value = contents.get(text.content) ?? null;
    return row.tool ? valueText(value) : saidText(value);
  }
  return resultOf(itemAt(text, contents, row.role === "assistant" ? "assistant" : "user"));
}

function argumentsOf(source: Source | null, contents: Contents): Json {
  if (source === null || source.from === "words") return null;
  if (source.from === "value") return contents.get(source.content) ?? null;
  const item = itemAt(source, contents, "assistant");
  return item?.type === "call" ? item.arguments : null;
}

function rowFrom(draft: Draft, index: number, contents: Contents): TranscriptRow {
  const { tool } = draft;
  return {
    index,
    turn: draft.turn,
    role: draft.role,
    text: textOf(draft, contents),
    ...(tool && {
      tool: {
        name: tool.name,
        callId: tool.callId,
        arguments: argumentsOf(tool.arguments, contents),
        answered: tool.answered,
        isError: tool.isError,
        durationUs: tool.durationUs,
      },
    }),
    agent: draft.agent,
    traceId: draft.traceId,
    spanId: draft.spanId,
    startUs: draft.startUs,
  };
}

/** Reads the texts of drafted rows from `from` on, a few rows at a time. */
export async function* writeRows(
  store: TraceStore,
  projectId: string,
  drafts: readonly Draft[],
  from = 0,
): AsyncGenerator<TranscriptRow> {
  for (let start = from; start < drafts.length; start += ROWS_AT_A_TIME) {
    const some = drafts.slice(start, start + ROWS_AT_A_TIME);
    const contents = await store.readContents(projectId, [...new Set(some.flatMap(contentsIn))]);
    for (const [i, draft] of some.entries()) yield rowFrom(draft, start + i, contents);
  }
}

/**
 * The conversation of a session as rows with whole texts, each thing said or done once, in order.
 *
 * Method. Only the main conversation counts: what works below a tool, a check or a sub-agent becomes one row (see
 * `placeSpans`). Each model call's input is a window on the history. Its items (a message's text, each call, each
 * result) are compared by what they say, not by ids or spacing, with the last window that the same agent was
 * sent plus what was said and done since: the longest run that ends there is the anchor, what comes after it is
 * new. So resent, truncated and unsent histories need no telling apart, and words said twice show twice. Before
 * the anchor there may be a greeting that only the history has (it is put first) or a summary (a `history` row).
 * An assistant's own words that come back put differently right after the anchor are its output, not a new row.
 * The same window again is a retry: its input shows once. Results join their calls by id, else by order and name;
 * a tool's own span is preferred to the message. Where no model call has content, the agent's own input and
 * output stand in.
 *
 * Limits. An agent that is sent nothing but a new summary and new words leaves nothing to anchor on: the summary
 * then shows as what its role says. One whose history slides by exactly the repeated words is taken as sliding,
 * not as trying again. Separate model calls of a pipeline in the main conversation (a router before the answer)
 * show as what they are: prompts and answers. Spans count in order of their start.
 *
 * Memory: a few hundred bytes for each row and each distinct content of the session, and one batch of texts.
 */
export async function* buildTranscript(
  store: TraceStore,
  projectId: string,
  sessionId: string,
): AsyncGenerator<TranscriptRow> {
  const { rows } = await draftTranscript(store, projectId, sessionId);
  yield* writeRows(store, projectId, rows);
}
