import { EVALUATION_TAG } from "../../model/evaluation-tag.ts";
import type { RawSpan } from "../raw.ts";
import { aiSdk } from "./ai-sdk.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { crewAi } from "./crewai.ts";
import { evalwright } from "./evalwright.ts";
import type { Convention } from "./fields.ts";
import { genAi } from "./gen-ai.ts";
import { googleAdk } from "./google-adk.ts";
import { langfuse } from "./langfuse.ts";
import { langsmith } from "./langsmith.ts";
import { mlflow } from "./mlflow.ts";
import { openInference } from "./openinference.ts";
import { openTelemetry } from "./opentelemetry.ts";
import { pydanticAi } from "./pydantic-ai.ts";
import { traceloop } from "./traceloop.ts";

/** In the order in which they are asked when the span's scope decides nothing. */
const CONVENTIONS: readonly Convention[] = [
  langfuse,
  // Its operation names say `embeddings` for retrievers and `chat` for prompts, so that its own kind comes first.
  langsmith,
  genAi,
  openInference,
  pydanticAi,
  traceloop,
  aiSdk,
  mlflow,
  googleAdk,
  claudeCode,
  codex,
  crewAi,
];

/** Of each first word of a key, the conventions that have it as bits: 1 << their place in the list. */
const bitsOfWord = new Map<string, number>();
CONVENTIONS.forEach((convention, place) => {
  for (const word of convention.words) bitsOfWord.set(word, (bitsOfWord.get(word) ?? 0) | (1 << place));
});

/** Keys are few and come again and again; a hostile many is not remembered. */
const MAX_KEYS = 5_000;
const bitsOfKey = new Map<string, number>();

function bitsOf(key: string): number {
  const known = bitsOfKey.get(key);
  if (known !== undefined) return known;
  const dot = key.indexOf(".");
  const bits = bitsOfWord.get(dot === -1 ? key : key.slice(0, dot)) ?? 0;
  if (bitsOfKey.size < MAX_KEYS && key.length < 200) bitsOfKey.set(key, bits);
  return bits;
}

const MAX_SCOPES = 500;
const MAX_COMBINATIONS = 100;
const byScope = new Map<string, Scope>();

/** The conventions that an instrumentation scope writes, and those of its spans by the bits of their keys. */
interface Scope {
  readonly conventions: readonly Convention[];
  readonly bySpan: Map<number, readonly Convention[]>;
}

/** Scopes are few; a hostile many is not remembered. */
function scopeOf(name: string): Scope {
  const known = byScope.get(name);
  if (known) return known;
  const conventions = CONVENTIONS.filter((convention) => convention.scope?.test(name));
  const scope = { conventions, bySpan: new Map() };
  if (byScope.size < MAX_SCOPES) byScope.set(name, scope);
  return scope;
}

const OURS = 1 << CONVENTIONS.length;

/**
 * The conventions that a span is written in: by its scope's name first, then by the first words of its attributes and
 * events, then what holds for every span.
 */
export function conventionsOf(raw: RawSpan): readonly Convention[] {
  let bits = raw.resource[EVALUATION_TAG] === undefined ? 0 : OURS;
  for (const key of Object.keys(raw.attributes)) bits |= bitsOf(key);
  for (const event of raw.events) bits |= bitsOf(event.name);
  const { conventions: scoped, bySpan } = scopeOf(raw.scope.name.slice(0, 200));
  const known = bySpan.get(bits);
  if (known) return known;
  const others = CONVENTIONS.filter(
    (convention, place) => (bits & (1 << place)) !== 0 && !scoped.includes(convention),
  );
  // Ours first, so that many other tags do not crowd it out.
  const asked = [...((bits & OURS) === 0 ? [] : [evalwright]), ...scoped, ...others, openTelemetry];
  if (bySpan.size < MAX_COMBINATIONS) bySpan.set(bits, asked);
  return asked;
}
