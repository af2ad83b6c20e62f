import { z } from "zod";
import { codeJudge, decided, unscored } from "../code-judge.ts";
import {
  comparable,
  expectedParams,
  expectedTexts,
  expectedValue,
  judgedText,
  subjectParams,
  textParams,
} from "../subject.ts";
import { segmentsOf } from "../words.ts";

const grams = (tokens: readonly string[], size: number): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (let i = 0; i + size <= tokens.length; i += 1) {
    const gram = JSON.stringify(tokens.slice(i, i + size));
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
};

/** N-grams of the candidate that a reference has too, each counted at most as often as in the reference with most. */
function clippedMatches(
  candidate: readonly string[],
  references: readonly (readonly string[])[],
  size: number,
): number {
  const inReferences = references.map((reference) => grams(reference, size));
  return [...grams(candidate, size)].reduce(
    (sum, [gram, count]) => sum + Math.min(count, Math.max(...inReferences.map((ref) => ref.get(gram) ?? 0))),
    0,
  );
}

/** The reference length nearest to the candidate's; of two as near the shorter. */
const nearestLength = (length: number, references: readonly (readonly string[])[]): number =>
  references
    .map((reference) => reference.length)
    .reduce((best, one) => {
      const [far, near] = [Math.abs(best - length), Math.abs(one - length)];
      return near < far || (near === far && one < best) ? one : best;
    });

/**
 * BLEU of one sentence in [0, 1]: Papineni et al. 2002 (doi:10.3115/1073083.1073135), with orders that the candidate
 * is too short for left out and an order without a match counted as 1/2, 1/4, ... of one, as sacreBLEU's
 * sentence_bleu does by default (`exp`; method 3 of Chen and Cherry 2014). 0 when nothing matches.
 */
export function sentenceBleu(
  candidate: readonly string[],
  references: readonly (readonly string[])[],
  maxOrder: number,
): number {
  const orders = Math.min(maxOrder, candidate.length);
  if (orders === 0 || references.length === 0) return 0;
  let smoothing = 1;
  let logSum = 0;
  let matched = 0;
  for (let size = 1; size <= orders; size += 1) {
    const matches = clippedMatches(candidate, references, size);
    matched += matches;
    if (matches === 0) smoothing *= 2;
    logSum += Math.log((matches || 1 / smoothing) / (candidate.length - size + 1));
  }
  if (matched === 0) return 0;
  const brevity = Math.min(0, 1 - nearestLength(candidate.length, references) / candidate.length);
  return Math.min(1, Math.exp(brevity + logSum / orders));
}

const tokens = (text: string): string[] => segmentsOf(text).map((segment) => segment.text);

/** Tokens are words and marks by Unicode's rules; several expected texts are references together. */
export const bleu = codeJudge({
  name: "bleu",
  summary: "How much of the output's wording, in runs of up to four words, the expected text has (BLEU).",
  revision: 1,
  level: "trace",
  needs: ["output"],
  goal: "higher",
  bounded: true,
  threshold: null,
  params: z.strictObject({
    ...subjectParams,
    ...expectedParams,
    ...textParams,
    maxOrder: z.int().min(1).max(4).default(4),
  }),
  otherNames: { ragas: "BleuScore", promptfoo: "bleu", mlflow: "bleu" },
  judge(item, params) {
    const texts = expectedTexts(expectedValue(item, params) ?? {});
    const references = texts?.map((one) => tokens(comparable(one, params.ignoreCase))) ?? [];
    if (references.every((reference) => reference.length === 0))
      return unscored("expectation_missing", `no words in expectation "${params.expectation}"`);
    const candidate = tokens(comparable(judgedText(item, params.field) ?? "", params.ignoreCase));
    if (candidate.length === 0) return decided(false, "no words in the output");
    const value = sentenceBleu(candidate, references, params.maxOrder);
    return { value, rationale: `BLEU-${params.maxOrder} ${value.toFixed(4)}` };
  },
});
