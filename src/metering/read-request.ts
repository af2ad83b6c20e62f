import { tokensOf } from "../llm/cost.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import { numberField, parseJson, textField } from "../telemetry/fields.ts";

/** What a request of a model says that it will use. */
export interface AskedFor {
  readonly model: string | null;
  /** By the rule of `tokensOf` over all of its texts; images and files count as 1,500 each. */
  readonly inputTokens: number;
  /** The most output that it allows; null without a limit. */
  readonly outputLimit: number | null;
}

const TOKENS_PER_FILE = 1_500;
const NOTHING_SAID: AskedFor = { model: null, inputTokens: TOKENS_PER_FILE, outputLimit: null };

/** What no sentence is as long as: a file in base 64. */
const isFile = (text: string): boolean =>
  text.startsWith("data:") || (text.length > 4_000 && !/[\s{}]/.test(text.slice(0, 4_000)));

/** What is asked for numbers writes nothing. */
const WRITES_NOTHING = /\/embeddings(\?|$)/;

/** Reads the body of a request; anything but a JSON object is taken to be one file. */
export function readRequest(body: Buffer, path: string): AskedFor {
  const value = parseJson(body.toString("utf8"));
  if (!isJsonObject(value)) return NOTHING_SAID;
  const limit = numberField(value, "max_completion_tokens", "max_tokens", "max_output_tokens");
  return {
    model: textField(value, "model")?.slice(0, 300) ?? null,
    inputTokens: textTokens(value),
    outputLimit: WRITES_NOTHING.test(path) ? 0 : limit !== null && limit > 0 ? limit : null,
  };
}

/** Without recursion: nobody says how deep a request is nested. */
function textTokens(value: Json): number {
  let tokens = 0;
  const left: Json[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (typeof next === "string") tokens += isFile(next) ? TOKENS_PER_FILE : tokensOf(next);
    else if (typeof next === "number")
      tokens += 1; // embeddings take tokens as they are
    else if (typeof next === "object" && next !== null)
      for (const inner of Object.values(next)) left.push(inner);
  }
  return tokens;
}
