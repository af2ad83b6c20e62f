import { z } from "zod";
import { invalidInput } from "../../errors.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import { codeJudge, decided, notApplicable, unscored } from "../code-judge.ts";
import type { CodeFinding } from "../definition.ts";
import { DEFAULT_MIN_LETTERS, detectLanguage, knownLanguages } from "../detect-language.ts";
import { expectedValue, judgedText, subjectParams, userTexts } from "../subject.ts";

/** The user's language: that of their last message which is long enough to tell. */
async function userLanguage(item: JudgedItem, minLetters: number): Promise<string | null> {
  for (const { text } of [...userTexts(item)].reverse()) {
    const { language, isShort } = await detectLanguage(text, minLetters);
    if (!isShort) return language;
  }
  return null;
}

/** `pt-BR` and `PT` are `pt`. */
const baseOf = (tag: string): string => tag.toLowerCase().split(/[-_]/)[0] ?? "";

async function judgeLanguage(text: string, wanted: string, minLetters: number): Promise<CodeFinding> {
  const { language, isShort } = await detectLanguage(text, minLetters);
  if (isShort) return notApplicable(`fewer than ${minLetters} letters`);
  if (language === null) return unscored("cannot_tell", "no language is likely enough");
  const finding = decided(
    language === baseOf(wanted),
    `written in "${language}", expected "${baseOf(wanted)}"`,
  );
  return { ...finding, label: language };
}

/** 1 when the output is written in the expected language. Short texts are not applicable, doubtful ones unscored. */
export const language = codeJudge({
  name: "language",
  summary: "The output is written in the expected language, or in the user's.",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    ...subjectParams,
    /** ISO 639-1, e.g. `de`, or `user`: that of the user's last message. Without it the example's expectation. */
    language: z
      .string()
      .regex(/^(?:user|[a-zA-Z]{2}(?:[-_]\w{2,8})?)$/, "an ISO 639-1 code such as de, or user")
      .optional(),
    /** Which expectation of the example holds the code. */
    expectation: z.string().min(1).max(80).default("language"),
    minLetters: z.int().min(10).default(DEFAULT_MIN_LETTERS),
  }),
  otherNames: { openevals: "LANGUAGE_DETECTION_PROMPT" },
  async prepare({ language: code }) {
    const known = await knownLanguages();
    if (code !== undefined && code !== "user" && !known.includes(baseOf(code)))
      throw invalidInput(`The language "${code}" cannot be told`, `Known: ${known.join(", ")}, or user.`);
    return null;
  },
  async judge(item, params) {
    const given = expectedValue(item, { expected: params.language, expectation: params.expectation });
    if (typeof given !== "string" || given === "")
      return unscored("expectation_missing", `no language in expectation "${params.expectation}"`);
    const wanted = given === "user" ? await userLanguage(item, params.minLetters) : given;
    if (wanted === null) return notApplicable("the user's language cannot be told");
    return await judgeLanguage(judgedText(item, params.field) ?? "", wanted, params.minLetters);
  },
});
