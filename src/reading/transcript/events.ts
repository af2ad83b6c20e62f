import { isJsonObject, type Json } from "../../model/json.ts";
import type { SpanHead } from "../../model/span.ts";
import type { ContentRef } from "../../store/store.ts";
import { shortDuration, shortNumber } from "../format.ts";
import { saidText, valueText } from "../message-text.ts";
import type { RowList } from "./ledger.ts";
import type { Origin, Source } from "./rows.ts";
import type { Place } from "./scope.ts";
import type { Inner, TranscriptSpan } from "./trace-spans.ts";

interface Happening {
  readonly head: SpanHead;
  readonly place: Place;
  readonly origin: Origin;
  readonly inner: Inner | undefined;
  readonly span: TranscriptSpan;
  read(ref: ContentRef | null): { readonly value: Json; readonly source: Source } | null;
}

const TRIPPED = [
  "tripwire_triggered",
  "tripwireTriggered",
  "triggered",
  "blocked",
  "flagged",
  "violated",
  "violation",
];
const PASSED = ["passed", "allowed", "valid", "safe", "is_safe", "ok", "success", "validation_passed"];
const VERDICTS = ["action", "verdict", "decision", "outcome", "result", "status"];
const BLOCKS = /^(block|deny|denied|reject|refuse|fail|trip|interven)/i;

/** A guardrail stopped something: it failed, or its output says so in one of the usual ways. */
export function isBlocked(head: Pick<SpanHead, "status">, output: Json): boolean {
  if (head.status === "error") return true;
  if (typeof output === "string") return BLOCKS.test(output);
  if (!isJsonObject(output)) return false;
  const at = (key: string) => (Object.hasOwn(output, key) ? output[key] : undefined);
  const said = (key: string) => {
    const value = at(key);
    return typeof value === "string" && BLOCKS.test(value);
  };
  return (
    TRIPPED.some((key) => at(key) === true) || PASSED.some((key) => at(key) === false) || VERDICTS.some(said)
  );
}

const words = (text: string): Source => ({ from: "words", text });

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function innerWords(head: SpanHead, inner: Inner): string {
  const duration = head.endUs === null ? [] : [shortDuration(head.endUs - head.startUs)];
  const counts = [
    plural(inner.llmCalls, "call"),
    ...(inner.toolCalls > 0 ? [plural(inner.toolCalls, "tool call")] : []),
    ...(inner.errors > 0 ? [plural(inner.errors, "error")] : []),
    ...(inner.tokens > 0 ? [`${shortNumber(inner.tokens)} tokens`] : []),
  ];
  return `${inner.agent ?? head.toolName ?? head.name}: ${[...counts, ...duration].join(", ")}`;
}

function takeGuardrail(rows: RowList, { head, span, origin, read }: Happening): void {
  const output = read(span.output)?.value ?? null;
  if (!isBlocked(head, output)) return;
  const why = head.statusMessage ?? (output === null ? (head.errorType ?? "") : valueText(output));
  rows.append(origin, { role: "guardrail", text: words(`${head.name} blocked${why ? `: ${why}` : ""}`) });
}

function takeRetrieval(rows: RowList, { head, span, origin, read }: Happening): void {
  const query = read(span.input)?.value ?? null;
  const failed = head.status === "error" ? ` -> ${head.statusMessage ?? head.errorType ?? "failed"}` : "";
  rows.append(origin, { role: "retrieval", text: words(`${head.name}(${saidText(query)})${failed}`) });
}

function takeHuman(rows: RowList, { head, span, origin, read }: Happening): void {
  const asked = saidText(read(span.input)?.value ?? null);
  const answer = saidText(read(span.output)?.value ?? null);
  const answered =
    answer === "" ? (head.status === "error" ? (head.statusMessage ?? "no answer") : "") : answer;
  const text = [`${head.name}${asked ? `: ${asked}` : ""}`, ...(answered ? [answered] : [])].join(" -> ");
  rows.append(origin, { role: "human", text: words(text) });
}

/** Rows for what is neither said nor a tool call: sub-agents, approvals, blocks, retrievals, failed model calls. */
export function takeEvent(rows: RowList, happening: Happening): void {
  const { head, place, origin, inner } = happening;
  const isOwner = place.owner === head.spanId;
  if (
    inner &&
    (isOwner || (head.kind === "tool" && place.owner === null && inner.llmCalls + inner.agents > 0))
  )
    rows.append(origin, { role: "sub_agent", text: words(innerWords(head, inner)) });
  if (place.owner !== null) return;
  if (head.kind === "guardrail") takeGuardrail(rows, happening);
  else if (head.kind === "human") takeHuman(rows, happening);
  else if (head.kind === "retrieval") takeRetrieval(rows, happening);
  else if (head.kind === "llm" && !place.wraps && head.status === "error")
    rows.append(origin, { role: "error", text: words(head.statusMessage ?? head.errorType ?? "failed") });
}
