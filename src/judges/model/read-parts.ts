import { z } from "zod";
import { findJson } from "../../llm/json-answer.ts";
import type { Json } from "../../model/json.ts";
import type { JudgeLabel } from "../../model/judge.ts";
import { capText, cleanText } from "../../privacy/clean.ts";
import type { PlacedReading } from "./aggregate.ts";
import { NOTES_CHARS } from "./frames.ts";
import type { JudgeAnswer, Question } from "./question.ts";
import { type Reading, readVerdict } from "./read-verdict.ts";

const Notes = z.object({
  findings: z.array(z.object({ turn: z.number().nullish().catch(null), what: z.string() })),
  state: z.string(),
});
const Turns = z.object({
  turns: z.array(
    z.looseObject({ turn: z.coerce.number(), rationale: z.string().catch(""), label: z.string() }),
  ),
});
const Text = z.object({ text: z.string() });

/** Whether a model's answer is notes on a part, or verdicts on turns. */
export const isNotes = (value: Json): boolean => Notes.safeParse(value).success;
export const isTurns = (value: Json): boolean => Turns.safeParse(value).success;

type Answered = Extract<JudgeAnswer, { state: "answered" }>;

const textOf = ({ answer }: Answered): string =>
  typeof answer === "string" ? answer : (Text.safeParse(answer).data?.text ?? "");

/** The notes that an answer came to, as the next question shows them; undefined when they cannot be read. */
export function notesFrom(answer: Answered): string | undefined {
  if (answer.truncated) return undefined;
  const isAssistant = answer.source.kind === "coding_agent";
  const max = NOTES_CHARS[isAssistant ? "assistant" : "llm"];
  const capped = (text: string): string | undefined =>
    text.trim() === "" ? undefined : capText(cleanText(text).text.trim(), max).text;
  if (isAssistant) return capped(textOf(answer));
  const parsed = Notes.safeParse(
    typeof answer.answer === "string" ? findJson(answer.answer, isNotes) : answer.answer,
  );
  if (!parsed.success) return undefined;
  const { findings, state } = parsed.data;
  const lines = findings.map(({ turn, what }) =>
    turn === null || turn === undefined ? what : `turn ${turn}: ${what}`,
  );
  return capped([...lines, state].join("\n")) ?? "(nothing to note so far)";
}

const LINE =
  /^\W*(?:turn\s+)?(\d{1,6})\s*[:.)-]\s*["'`*]*([\p{L}\p{N}_ -]*?)["'`*]*(?:\s+[-\u2013\u2014]+\s*|\s*[:,;]\s*|\s*$)(.*)$/iu;

interface Entry {
  readonly turn: number;
  readonly label: string;
  readonly rationale: string;
}

function entriesOf(answer: Answered): readonly Entry[] {
  if (answer.source.kind === "coding_agent")
    return textOf(answer)
      .split("\n")
      .flatMap((line) => {
        const [, turn, label = "", rationale = ""] = LINE.exec(line.trim()) ?? [];
        return turn === undefined ? [] : [{ turn: Number(turn), label: label.trim(), rationale }];
      });
  const found = typeof answer.answer === "string" ? findJson(answer.answer, isTurns) : answer.answer;
  return Turns.safeParse(found).data?.turns ?? [];
}

/** What an answer says of each turn that its question asked about; the last word on a turn counts. */
export function turnReadings(
  question: Question,
  answer: Answered,
  labels: readonly JudgeLabel[],
): PlacedReading[] {
  const entries = answer.truncated ? [] : entriesOf(answer);
  const reason = answer.truncated ? ("truncated" as const) : ("malformed" as const);
  return question.places.map((place) => {
    const entry = entries.findLast(({ turn }) => turn === place.turn);
    const reading: Reading =
      entry === undefined
        ? { label: null, reason, rationale: null }
        : readVerdict({ label: entry.label, rationale: entry.rationale }, labels);
    return { place, reading };
  });
}

const NAMED = /\s*\[turns?\s+([\d\s,;]+)\]\s*\.?\s*$/i;
const MOST_NAMED = 10;

/** The turns that a rationale ends with, of those that there are, and the rationale without them. */
export function namedTurns(
  rationale: string | null,
  known: readonly number[],
): { readonly rationale: string | null; readonly turns: readonly number[] } {
  const match = rationale === null ? null : NAMED.exec(rationale);
  if (rationale === null || match === null) return { rationale, turns: [] };
  const numbers = (match[1] ?? "").split(/[\s,;]+/).map(Number);
  const turns = [...new Set(numbers)].filter((turn) => known.includes(turn)).slice(0, MOST_NAMED);
  return { rationale: rationale.slice(0, match.index), turns };
}
