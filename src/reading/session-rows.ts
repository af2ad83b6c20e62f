import type { Json } from "../model/json.ts";
import { cutToCost, sizeOf } from "./budget.ts";
import { shortDuration } from "./format.ts";
import { looseText } from "./loose-json.ts";
import { argumentsText } from "./message-text.ts";
import { offset, oneLine, shortId } from "./short.ts";
import type { TranscriptRow } from "./transcript/rows.ts";

export interface RowPage {
  readonly rows: readonly Json[][];
  /** First turn and short trace id, of the traces on this page. */
  readonly traces: Json[];
  readonly cutChars: number;
}

interface Caps {
  readonly text: number;
  readonly arguments: number;
  readonly result: number;
}

interface Cell {
  readonly text: string;
  readonly cutChars: number;
}

/** Limits of one row's texts, from whole to gist; the first with which all that is left fits is taken. */
const CAPS: readonly Caps[] = [
  { text: 100_000, arguments: 100_000, result: 100_000 },
  { text: 20_000, arguments: 4_000, result: 4_000 },
  { text: 6_000, arguments: 1_500, result: 1_500 },
  { text: 3_000, arguments: 800, result: 800 },
  { text: 1_800, arguments: 500, result: 400 },
  { text: 1_200, arguments: 400, result: 250 },
  { text: 800, arguments: 300, result: 160 },
  { text: 500, arguments: 250, result: 120 },
  { text: 400, arguments: 160, result: 80 },
  { text: 320, arguments: 120, result: 40 },
];

/** How rows are cut when even gists of all of them do not fit: well readable, over several pages. */
const PAGED: Caps = { text: 1_200, arguments: 400, result: 250 };

function shorten(text: string, max: number): Cell {
  if (text.length <= max + 8) return { text, cutChars: 0 };
  const kept = text.slice(0, max).replace(/[\uD800-\uDBFF]$/, "");
  return { text: `${kept}…+${text.length - kept.length}`, cutChars: text.length - kept.length };
}

function cellOf(row: TranscriptRow, caps: Caps): Cell {
  const { tool } = row;
  if (!tool) return shorten(looseText(row.text), caps.text);
  const given = oneLine(looseText(argumentsText(tool.arguments)), caps.arguments);
  const limit = tool.isError ? Math.max(caps.result, 300) : caps.result;
  const got = shorten(looseText(row.text), limit);
  const slow =
    tool.durationUs !== null && tool.durationUs >= 2_000_000 ? ` [${shortDuration(tool.durationUs)}]` : "";
  const outcome = tool.answered
    ? tool.isError
      ? ` -> ERROR ${got.text}`
      : ` -> ${got.text}`
    : " -> no result recorded";
  return {
    text: `${tool.name}(${given.text})${outcome}${slow}`,
    cutChars: given.omittedChars + got.cutChars,
  };
}

const cellsOf = (row: TranscriptRow, text: string, originUs: number): Json[] => [
  row.turn,
  row.role,
  text,
  shortId(row.spanId),
  offset(row.startUs, originUs),
];

interface Place {
  readonly room: number;
  readonly originUs: number;
}

/** As many rows as fit when cut like this; the first is cut further if it must be. */
function pageWith(rows: readonly TranscriptRow[], caps: Caps, { room, originUs }: Place): RowPage {
  const shown: Json[][] = [];
  const traces: Json[] = [];
  let left = room;
  let cutChars = 0;
  let traceId = "";
  for (const row of rows) {
    const cell = cellOf(row, caps);
    const trace: Json[] = row.traceId === traceId ? [] : [[row.turn, shortId(row.traceId)]];
    const cost = sizeOf(cellsOf(row, cell.text, originUs)) + 1 + (trace.length > 0 ? sizeOf(trace) : 0);
    if (cost > left && shown.length > 0) break;
    if (cost > left) {
      const frame = sizeOf(cellsOf(row, "", originUs)) + sizeOf(trace);
      const short = cutToCost(cell.text, Math.max(0, left - frame));
      return {
        rows: [cellsOf(row, short.text, originUs)],
        traces: trace,
        cutChars: cell.cutChars + short.omittedChars,
      };
    }
    left -= cost;
    cutChars += cell.cutChars;
    traceId = row.traceId;
    shown.push(cellsOf(row, cell.text, originUs));
    traces.push(...trace);
  }
  return { rows: shown, traces, cutChars };
}

/** The next page of a transcript: all that is left, cut as little as it takes, else as many readable rows as fit. */
export function fitRows(rows: readonly TranscriptRow[], left: number, place: Place): RowPage {
  if (rows.length === left) {
    for (const caps of CAPS) {
      const page = pageWith(rows, caps, place);
      if (page.rows.length === left && (left > 1 || page.cutChars === 0 || caps === CAPS.at(-1))) return page;
    }
  }
  return pageWith(rows, PAGED, place);
}
