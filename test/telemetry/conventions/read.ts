import type { JsonObject } from "../../../src/model/json.ts";
import { Span } from "../../../src/model/span.ts";
import { normalizeSpan } from "../../../src/telemetry/conventions/index.ts";
import type { RawSpan } from "../../../src/telemetry/raw.ts";
import { arrivedUs, rawSpan } from "./raw.ts";

export const read = (attributes: JsonObject, more: Partial<RawSpan> = {}): Span =>
  Span.parse(normalizeSpan(rawSpan(attributes, more), { arrivedUs }).span);
export const scope = (name: string) => ({ scope: { name, version: "" } });
export const said = (role: "user" | "assistant" | "system", text: string) => ({
  role,
  parts: [{ type: "text", text }],
});
export const usage = (
  input: number,
  output: number,
  read: number | null = null,
  write: number | null = null,
  reasoning: number | null = null,
) => ({
  inputTokens: input,
  outputTokens: output,
  cacheReadTokens: read,
  cacheWriteTokens: write,
  reasoningTokens: reasoning,
});
