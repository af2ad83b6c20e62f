import type { Llm, LlmRequest } from "../../llm/llm.ts";
import { LlmError, type LlmErrorKind } from "../../llm/llm-error.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { Spend } from "../../model/ledger.ts";
import type { Wanted } from "./frames.ts";
import type { Modality } from "./media.ts";
import type { JudgeAnswer } from "./question.ts";
import { isNotes, isTurns } from "./read-parts.ts";
import type { Rendered } from "./render.ts";

/** Kinds of media that a judge can be shown through an endpoint. */
export const takesOf = ({ endpoint }: Pick<Llm, "endpoint">): readonly Modality[] =>
  endpoint.vision ? ["image"] : [];

/** Any label will do here, so that the last one counts and one off the menu is seen as such: see `readVerdict`. */
const isVerdict = (value: Json): boolean => isJsonObject(value) && typeof value["label"] === "string";

const ACCEPTS: Readonly<Record<Wanted, (value: Json) => boolean>> = {
  verdict: isVerdict,
  notes: isNotes,
  turns: isTurns,
};

/** A question of a judge as a request. `mediaOf` finds the bytes of the media that go along. */
export const requestOf = (
  { wants, system, user, media, schema }: Rendered,
  mediaOf?: LlmRequest["mediaOf"],
): LlmRequest => ({
  messages: [
    { role: "system", parts: [{ type: "text", text: system }] },
    {
      role: "user",
      parts: [
        { type: "text", text: user },
        ...media.map(({ modality, hash, mimeType, bytes }) => ({
          type: "media" as const,
          modality,
          ref: { hash, mimeType, bytes },
          uri: null,
        })),
      ],
    },
  ],
  answer: { name: wants, schema, accepts: ACCEPTS[wants] },
  temperature: 0,
  mediaOf,
});

const OUTAGE: ReadonlySet<LlmErrorKind> = new Set([
  "auth",
  "quota",
  "rate_limited",
  "timeout",
  "server",
  "connection",
]);

/** What a question cost, with what came back. */
export interface AskedModel {
  readonly answer: JudgeAnswer;
  readonly spent: Spend;
}

/**
 * Asks a model one question of a judge. An answer that cannot be used is an answer all the same, since the judge was
 * asked; an endpoint that does not answer is a failure.
 * @throws LlmError of kind `cancelled`: nothing is known then
 */
export async function askModel(
  llm: Llm,
  rendered: Rendered,
  options: { readonly signal?: AbortSignal | undefined; readonly mediaOf?: LlmRequest["mediaOf"] } = {},
): Promise<AskedModel> {
  const source = { kind: "llm_judge", id: llm.endpoint.model } as const;
  try {
    const { text, finishReason, usage, costUsd, spend } = await llm.complete(
      requestOf(rendered, options.mediaOf),
      { signal: options.signal },
    );
    const { inputTokens, outputTokens } = usage;
    const truncated = finishReason === "length";
    const used = { costUsd, inputTokens, outputTokens };
    return { answer: { state: "answered", answer: text, truncated, source, ...used }, spent: spend };
  } catch (error) {
    if (!(error instanceof LlmError) || error.kind === "cancelled") throw error;
    return { answer: withoutAnswer(error, source), spent: error.spend };
  }
}

/** Why a question was not answered, in the words of verdicts. */
export const failureReason = (kind: LlmErrorKind): "judge_outage" | "judge_failed" =>
  OUTAGE.has(kind) ? "judge_outage" : "judge_failed";

function withoutAnswer({ kind, spend }: LlmError, source: JudgeAnswer["source"]): JudgeAnswer {
  if (kind !== "malformed" && kind !== "truncated")
    return { state: "failed", reason: failureReason(kind), source };
  const used = { costUsd: spend.usd, inputTokens: null, outputTokens: null };
  return { state: "answered", answer: "", truncated: kind === "truncated", source, ...used };
}
