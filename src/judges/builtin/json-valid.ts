import { z } from "zod";
import { isJsonObject, type Json } from "../../model/json.ts";
import { codeJudge, decided } from "../code-judge.ts";
import { jsonValuesIn, parsedJson, unfenced } from "../json-path.ts";
import { withinMs } from "../time-limit.ts";

const LIMIT_MS = 1_000;

const kindOf = (value: Json): string =>
  Array.isArray(value) ? "array" : isJsonObject(value) ? "object" : value === null ? "null" : typeof value;

/** 1 when the output is JSON: an object or list as it came, or a text that parses. */
export const jsonValid = codeJudge({
  name: "json_valid",
  summary: "The output is valid JSON.",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    type: z.enum(["any", "object", "array"]).default("any"),
    /** A Markdown code fence around the JSON is no fault. */
    allowFence: z.boolean().default(false),
    /** JSON somewhere in the text, an object or a list, is enough. */
    anywhere: z.boolean().optional(),
  }),
  otherNames: { promptfoo: "is-json, contains-json", autoevals: "ValidJSON" },
  judge(item, { type, allowFence, anywhere }) {
    const { output } = item;
    if (anywhere && typeof output === "string") {
      const kinds = withinMs(LIMIT_MS, () => jsonValuesIn(output)).map(kindOf);
      const isThere = kinds.some((kind) => type === "any" || kind === type);
      return decided(
        isThere,
        kinds.length === 0 ? "no JSON in the text" : `JSON of type ${kinds.join(", ")}`,
      );
    }
    const value = typeof output === "string" ? parsedJson(allowFence ? unfenced(output) : output) : output;
    if (value === undefined) return decided(false, "does not parse as JSON");
    const kind = kindOf(value);
    return decided(type === "any" || kind === type, `JSON of type ${kind}`);
  },
});
