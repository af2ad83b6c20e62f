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

const byWord = new Map<string, Convention[]>();
for (const convention of CONVENTIONS) {
  for (const word of convention.words) byWord.set(word, [...(byWord.get(word) ?? []), convention]);
}

const MAX_SCOPES = 500;
const byScope = new Map<string, Convention[]>();

/** Conventions that an instrumentation scope is known to write. Scopes are few; a hostile many is not remembered. */
function ofScope(name: string): Convention[] {
  const known = byScope.get(name);
  if (known) return known;
  const matching = CONVENTIONS.filter((convention) => convention.scope?.test(name));
  if (byScope.size < MAX_SCOPES) byScope.set(name, matching);
  return matching;
}

/**
 * The conventions that a span is written in: by its scope's name first, then by the first words of its attributes and
 * events, then what holds for every span.
 */
export function conventionsOf(raw: RawSpan): readonly Convention[] {
  const present = new Set<Convention>();
  for (const key of Object.keys(raw.attributes)) note(key, present);
  for (const event of raw.events) note(event.name, present);
  const scoped = ofScope(raw.scope.name.slice(0, 200));
  const others = CONVENTIONS.filter((convention) => present.has(convention) && !scoped.includes(convention));
  const ours = raw.resource[EVALUATION_TAG] === undefined ? [] : [evalwright];
  // First, so that many other tags do not crowd it out.
  return [...ours, ...scoped, ...others, openTelemetry];
}

function note(key: string, present: Set<Convention>): void {
  const dot = key.indexOf(".");
  for (const convention of byWord.get(dot === -1 ? key : key.slice(0, dot)) ?? []) present.add(convention);
}
