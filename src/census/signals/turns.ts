import type { TranscriptRow } from "../../reading/transcript/rows.ts";
import type { Conversation } from "../conversation.ts";

/** What the user said and what came of it until the user spoke again. */
export interface Turn {
  /** The trace's place in the session. */
  readonly turn: number;
  readonly text: string;
  /** What the assistant said in words. */
  readonly answers: readonly string[];
  /** The trace in which it was answered failed, or a row says that something did. */
  readonly failed: boolean;
  /** Something was done about it and is over: of a farewell that no agent was asked about there is but the root. */
  readonly ended: boolean;
}

const isText = (row: TranscriptRow, role: TranscriptRow["role"]): boolean =>
  row.role === role && row.text.trim() !== "";

/** The conversation by the user's messages; what stands before the first is left out. */
export function userTurns({ rows, traces }: Pick<Conversation, "rows" | "traces">): readonly Turn[] {
  const starts = rows.flatMap((row, i) => (isText(row, "user") ? [i] : []));
  return starts.flatMap((start, n): Turn[] => {
    const first = rows[start];
    if (!first) return [];
    const rest = rows.slice(start + 1, starts[n + 1] ?? rows.length);
    const places = new Set([first.turn, ...rest.map(({ turn }) => turn)]);
    const own = traces.filter((_, i) => places.has(i + 1));
    return [
      {
        turn: first.turn,
        text: first.text,
        answers: rest.filter((row) => isText(row, "assistant")).map(({ text }) => text),
        failed: own.some(({ status }) => status === "error") || rest.some(({ role }) => role === "error"),
        ended:
          own.at(-1)?.endUs != null &&
          own.some(({ totals, status }) => totals.spans > 1 || status === "error"),
      },
    ];
  });
}
