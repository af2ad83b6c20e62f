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

/**
 * Levenshtein distance: the fewest insertions, deletions and replacements of single characters (code points) that
 * turn one text into the other. Levenshtein 1966; computed row by row as Wagner and Fischer 1974.
 */
export function levenshtein(a: string, b: string): number {
  let [short, long] = [Array.from(a), Array.from(b)];
  if (short.length > long.length) [short, long] = [long, short];
  let start = 0;
  while (start < short.length && short[start] === long[start]) start += 1;
  let end = 0;
  while (end < short.length - start && short.at(-1 - end) === long.at(-1 - end)) end += 1;
  const columns = short.slice(start, short.length - end);
  const rows = long.slice(start, long.length - end);
  let above = Uint32Array.from({ length: columns.length + 1 }, (_, column) => column);
  let here = new Uint32Array(columns.length + 1);
  for (const [i, character] of rows.entries()) {
    here[0] = i + 1;
    for (let column = 1; column <= columns.length; column += 1) {
      const replace = (above[column - 1] ?? 0) + (columns[column - 1] === character ? 0 : 1);
      here[column] = Math.min(replace, (above[column] ?? 0) + 1, (here[column - 1] ?? 0) + 1);
    }
    [above, here] = [here, above];
  }
  return above[columns.length] ?? 0;
}

/** 1 for equal texts, 0 for texts of which nothing could stay: 1 - distance / length of the longer, in code points. */
export function similarity(a: string, b: string): number {
  const longer = Math.max(Array.from(a).length, Array.from(b).length);
  return longer === 0 ? 1 : 1 - levenshtein(a, b) / longer;
}

/** Similarity by edit distance, the best where several answers are expected. */
export const stringDistance = codeJudge({
  name: "string_distance",
  summary: "How near the output is to the expected text by edit distance (Levenshtein), 1 when equal.",
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
    /** Instead of a similarity: whether at most so many edits lie between the texts. */
    maxEdits: z.int().min(0).optional(),
  }),
  otherNames: {
    ragas: "NonLLMStringSimilarity",
    promptfoo: "levenshtein",
    autoevals: "Levenshtein",
    openevals: "levenshtein_distance",
  },
  judge(item, params) {
    const texts = expectedTexts(expectedValue(item, params) ?? {});
    if (!texts) return unscored("expectation_missing", `no text in expectation "${params.expectation}"`);
    const said = judgedText(item, params.field);
    if (said === undefined) return decided(false, `no field ${params.field}`);
    const text = comparable(said, params.ignoreCase);
    if (params.maxEdits !== undefined) {
      const edits = Math.min(...texts.map((one) => levenshtein(comparable(one, params.ignoreCase), text)));
      return { ...decided(edits <= params.maxEdits, `${edits} edits`), pass: edits <= params.maxEdits };
    }
    const best = Math.max(...texts.map((one) => similarity(comparable(one, params.ignoreCase), text)));
    return { value: best, rationale: `similarity ${best.toFixed(3)}` };
  },
});
