import { isJsonObject, type Json } from "../../model/json.ts";
import type { JudgeLabel } from "../../model/judge.ts";
import type { VerdictReason } from "../../model/verdict.ts";
import { capText } from "../../privacy/clean.ts";
import { lastStatement, objectStatement } from "./label-statements.ts";
import { CANNOT_TELL } from "./menu.ts";

const MAX_RATIONALE = 2_000;

/** Why an answer has no label. */
export type UnreadReason = Extract<VerdictReason, "cannot_tell" | "off_menu" | "truncated" | "malformed">;

/** What one answer of a judge says. */
export type Reading =
  | { readonly label: JudgeLabel; readonly reason: null; readonly rationale: string | null }
  | { readonly label: null; readonly reason: UnreadReason; readonly rationale: string | null };

const kept = (rationale: string): string | null =>
  rationale.trim() === "" ? null : capText(rationale.trim(), MAX_RATIONALE).text;

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/**
 * The label that a judge chose and why. `answer` is a text or the object that structured output gave. Labels are compared
 * without regard to case and to nothing else: what is not on the menu is `off_menu`, never the nearest label. An answer
 * that was cut off has no label, since the label comes last.
 */
export function readVerdict(
  answer: Json,
  labels: readonly JudgeLabel[],
  options: { readonly truncated?: boolean | undefined } = {},
): Reading {
  const said = typeof answer === "string" ? answer : "";
  const unread = (reason: UnreadReason, rationale: string): Reading => ({
    label: null,
    reason,
    rationale: kept(rationale),
  });
  if (options.truncated) return unread("truncated", said);
  const choose = (text: string) => labels.find(({ label }) => same(label, text));
  const isOnMenu = (text: string) => same(text, CANNOT_TELL) || choose(text) !== undefined;
  const statement = isJsonObject(answer) ? objectStatement(answer, "") : lastStatement(said, isOnMenu);
  if (statement === undefined) return unread("malformed", said);
  const text = typeof statement.label === "object" ? "" : String(statement.label).trim();
  if (same(text, CANNOT_TELL)) return unread("cannot_tell", statement.rationale);
  const label = choose(text);
  if (label === undefined) return unread("off_menu", statement.rationale);
  return { label, reason: null, rationale: kept(statement.rationale) };
}
