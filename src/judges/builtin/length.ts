import { z } from "zod";
import { codeJudge, decided } from "../code-judge.ts";
import { judgedText, subjectParams } from "../subject.ts";
import { wordsOf } from "../words.ts";

const sizeOf = (text: string, unit: "characters" | "words"): number =>
  unit === "words" ? wordsOf(text).length : Array.from(text).length;

/** 1 when the output has from `min` to `max` characters (code points) or words, both included. */
export const length = codeJudge({
  name: "length",
  summary: "The output has a number of characters or words between two limits.",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z
    .strictObject({
      ...subjectParams,
      unit: z.enum(["characters", "words"]).default("words"),
      min: z.int().min(0).optional(),
      max: z.int().min(0).optional(),
    })
    .refine(({ min, max }) => min !== undefined || max !== undefined, "needs min, max or both")
    .refine(({ min = 0, max = min }) => min <= max, { path: ["max"], message: "less than min" }),
  otherNames: { promptfoo: "word-count" },
  judge(item, { field, unit, min = 0, max = Number.POSITIVE_INFINITY }) {
    const size = sizeOf((judgedText(item, field) ?? "").trim(), unit);
    return decided(size >= min && size <= max, `${size} ${unit}`);
  },
});
