import { z } from "zod";
import type { Json } from "../model/json.ts";
import { Json as JsonSchema } from "../model/json.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import { saidText, valueText } from "../reading/message-text.ts";
import { parsedJson, parsePath, unfenced, valueAt } from "./json-path.ts";
import { messageTurns } from "./turns.ts";

/** Parameters of judges that look at the output. */
export const subjectParams = {
  /** A part of a JSON output instead of all of it, e.g. `order.items[0].sku`. */
  field: z
    .string()
    .max(200)
    .refine((path) => parsePath(path) !== undefined, "a path such as order.items[0].sku")
    .optional(),
};

/** Parameters of judges that compare with an expected value. */
export const expectedParams = {
  /** Instead of the example's own expectation, the same for every example. */
  expected: JsonSchema.optional(),
  /** Which expectation of the example holds the expected value. */
  expectation: z.string().min(1).max(80).default("answer"),
};

/** Parameters of judges that compare texts. */
export const textParams = { ignoreCase: z.boolean().default(false) };

/** The output as JSON: a text that is JSON, also in a code fence, is read as such. */
export function asJson(output: Json): Json {
  if (typeof output !== "string") return output;
  const parsed = parsedJson(unfenced(output));
  return typeof parsed === "object" ? parsed : output;
}

/** The output, or the part of it at `field`; undefined when it has no such part. */
export function judgedValue(item: JudgedItem, field: string | undefined): Json | undefined {
  if (field === undefined) return item.output;
  return valueAt(asJson(item.output), parsePath(field) ?? []);
}

/** What the agent said: the one text of the output or of its `field`, else its JSON; undefined when there is none. */
export function judgedText(item: JudgedItem, field: string | undefined): string | undefined {
  const value = judgedValue(item, field);
  if (value === undefined) return undefined;
  return field === undefined ? saidText(value) : valueText(value);
}

/** What should have come out: the parameter, else the example's expectation; undefined when there is neither. */
export function expectedValue(
  item: JudgedItem,
  params: { readonly expected?: Json | undefined; readonly expectation: string },
): Json | undefined {
  if (params.expected !== undefined) return params.expected;
  const value = Object.hasOwn(item.expectations, params.expectation)
    ? item.expectations[params.expectation]
    : undefined;
  return value === null ? undefined : value;
}

/** Expected texts: one, or each of a list, any of which is right; undefined when they are no texts. */
export function expectedTexts(expected: Json): readonly string[] | undefined {
  const values = Array.isArray(expected) ? expected : [expected];
  if (values.length === 0 || values.some((value) => typeof value === "object")) return undefined;
  return values.map(valueText);
}

/** A text as it is compared: Unicode's composed form, no white space around it, its case folded where asked. */
export function comparable(text: string, ignoreCase: boolean): string {
  const plain = text.normalize("NFC").trim();
  return ignoreCase ? plain.toLowerCase() : plain;
}

/** The user's own words, message by message, with the 1-based turn. */
export function userTexts(item: JudgedItem): readonly { readonly turn: number; readonly text: string }[] {
  const turns = messageTurns(item);
  return item.conversation.flatMap(({ role, parts }, i) => {
    const text = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
    return role === "user" && text.trim() !== "" ? [{ turn: turns[i] ?? 1, text }] : [];
  });
}
