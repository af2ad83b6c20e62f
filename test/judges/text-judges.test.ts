import { describe, expect, it } from "vitest";
import { sentenceBleu } from "../../src/judges/builtin/bleu.ts";
import { numbersIn } from "../../src/judges/builtin/numeric-tolerance.ts";
import { levenshtein, similarity } from "../../src/judges/builtin/string-distance.ts";
import type { Json } from "../../src/model/json.ts";
import { item, outcome, verdict } from "./item.ts";

const MISSING = "unscored expectation_missing";

/** [judge, params, output, expected answer, outcome] */
type Row = readonly [string, Record<string, Json>, Json, Json, number | string];

describe("exact_match", () => {
  it.each<Row>([
    ["exact_match", {}, "Paris", "Paris", 1],
    ["exact_match", {}, " Paris\n", "Paris", 1],
    ["exact_match", {}, "paris", "Paris", 0],
    ["exact_match", { ignoreCase: true }, "paris", "Paris", 1],
    ["exact_match", {}, "cafe\u0301", "caf\u00e9", 1],
    ["exact_match", {}, "Paris.", "Paris", 0],
    ["exact_match", {}, "USA", ["United States", "USA"], 1],
    ["exact_match", {}, "42", 42, 1],
    ["exact_match", {}, 42, "42", 1],
    ["exact_match", {}, { b: 1, a: [2] }, { a: [2], b: 1 }, 1],
    ["exact_match", {}, '```json\n{"b": 1, "a": [2]}\n```', { a: [2], b: 1 }, 1],
    ["exact_match", {}, { a: [2], b: 1, c: 0 }, { a: [2], b: 1 }, 0],
    ["exact_match", {}, { answer: "Paris", confidence: 0.4 }, "Paris", 1],
    ["exact_match", { field: "city.name" }, '{"city": {"name": "Paris"}}', "Paris", 1],
    ["exact_match", { field: "items[1]" }, { items: ["a", "Paris"] }, "Paris", 1],
    ["exact_match", { field: "city" }, { town: "Paris" }, "Paris", 0],
    ["exact_match", { expected: "Rome" }, "Rome", "Paris", 1],
    ["exact_match", {}, "Paris", null, MISSING],
    ["exact_match", { expectation: "label" }, "Paris", "Paris", MISSING],
    ["exact_match", {}, null, "Paris", "unscored input_missing"],
    ["exact_match", {}, "  ", "Paris", "unscored input_missing"],
  ])("%s %j of %j against %j: %s", async (name, params, output, answer, expected) => {
    expect(await outcome(name, params, { output, expectations: { answer } })).toBe(expected);
  });

  it("says what it got, cut", async () => {
    const found = await verdict(
      "exact_match",
      item({ output: "x".repeat(500), expectations: { answer: "y" } }),
    );
    expect(found).toMatchObject({
      state: "scored",
      value: 0,
      pass: false,
      source: { kind: "code", id: "exact_match" },
    });
    expect(found.rationale).toMatch(/^got "x{160}"… \(500 characters\)$/);
  });
});

describe("contains, regex and length", () => {
  it.each<Row>([
    ["contains", {}, "It has shipped.", "shipped", 1],
    ["contains", {}, "It has shipped.", ["shipped", "Monday"], 0.5],
    ["contains", { match: "any" }, "It has shipped.", ["shipped", "Monday"], 1],
    ["contains", { match: "any" }, "It has shipped.", ["Tuesday", "Monday"], 0],
    ["contains", { match: "none" }, "It has shipped.", ["Tuesday", "Monday"], 1],
    ["contains", { match: "none", values: ["shipped"] }, "It has shipped.", "Monday", 0],
    ["contains", { values: ["SHIPPED"] }, "It has shipped.", null, 0],
    ["contains", { values: ["SHIPPED"], ignoreCase: true }, "It has shipped.", null, 1],
    ["contains", {}, "It costs 12 dollars", 12, 1],
    ["contains", {}, "It has shipped.", { a: 1 }, MISSING],
    ["contains", {}, "It has shipped.", [], "not_applicable"],
    ["contains", {}, "It has shipped.", null, MISSING],
    ["regex", { pattern: "\\bship\\w+" }, "It has shipped.", null, 1],
    ["regex", { pattern: "^shipped" }, "It has shipped.", null, 0],
    ["regex", { pattern: "^shipped", flags: "m" }, "It has\nshipped.", null, 1],
    ["regex", { pattern: "SHIPPED", flags: "i" }, "It has shipped.", null, 1],
    ["regex", { pattern: "^$|x" }, "It has shipped.", null, 0],
    ["regex", { pattern: "\\d{4}", field: "year" }, { year: 2024 }, null, 1],
    ["regex", { expectation: "answer" }, "It has shipped.", "^It has", 1],
    ["regex", { expectation: "answer" }, "It has shipped.", "^shipped", 0],
    ["regex", { expectation: "answer" }, "It has shipped.", "(", MISSING],
    ["regex", { expectation: "other" }, "It has shipped.", "^It", MISSING],
    ["string_distance", { maxEdits: 3 }, "sitting", "kitten", 1],
    ["string_distance", { maxEdits: 2 }, "sitting", "kitten", 0],
    ["length", { max: 3 }, "It has shipped.", null, 1],
    ["length", { max: 2 }, "It has shipped.", null, 0],
    ["length", { min: 15, max: 15, unit: "characters" }, " It has shipped.\n", null, 1],
    ["length", { max: 1, unit: "characters" }, "\u{1F600}", null, 1],
    ["length", { min: 2, max: 4 }, "\u4eca\u65e5\u306f\u5929\u6c17", null, 1],
  ])("%s %j of %j against %j: %s", async (name, params, output, answer, expected) => {
    expect(await outcome(name, params, { output, expectations: { answer } })).toBe(expected);
  });

  it("ends a pattern that backtracks without end as an error, not a verdict", async () => {
    const judged = item({ output: `${"a".repeat(50)}b` });
    const found = await verdict({ name: "regex", params: { pattern: "(a+)+$" } }, judged);
    expect(found).toMatchObject({ state: "error", reason: "judge_failed", value: null, pass: null });
  });
});

describe("numeric_tolerance", () => {
  it.each<[string, readonly number[]]>([
    ["The answer is 42.", [42]],
    ["$1,234.56 of 1'000 and 2\u00a0000", [1234.56, 1000, 2000]],
    ["-3, +4 and \u22127", [-3, 4, -7]],
    ["2020-2021", [2020, 2021]],
    ["1,2,3", [1, 2, 3]],
    ["GPT4 and v2 cost 5kg", [5]],
    ["1.5e3 or .5 or 12%", [1500, 0.5, 12]],
    ["none", []],
  ])("finds in %j the numbers %j", (text, numbers) => {
    expect(numbersIn(text)).toEqual(numbers);
  });

  it("reads decimal commas when told", () => {
    expect(numbersIn("1.234,5 EUR und 3,5", true)).toEqual([1234.5, 3.5]);
  });

  it.each<Row>([
    ["numeric_tolerance", {}, "So 3 + 4 = 7", 7, 1],
    ["numeric_tolerance", {}, "7 is 3 + 4", 7, 0],
    ["numeric_tolerance", { pick: "first" }, "7 is 3 + 4", 7, 1],
    ["numeric_tolerance", { pick: "any" }, "3, 7, 4", 7, 1],
    ["numeric_tolerance", { pick: "only" }, "7 is 3 + 4", 7, 0],
    ["numeric_tolerance", {}, "99.5", 100, 0],
    ["numeric_tolerance", { absolute: 0.5 }, "99.5", 100, 1],
    ["numeric_tolerance", { relative: 0.01 }, "99", 100, 1],
    ["numeric_tolerance", { relative: 0.01 }, "98.9", 100, 0],
    ["numeric_tolerance", {}, 7, "#### 7", 1],
    ["numeric_tolerance", {}, "about 5", [4, 5], 1],
    ["numeric_tolerance", { field: "total" }, { total: 7.5 }, 7.5, 1],
    ["numeric_tolerance", {}, "seven", 7, 0],
    ["numeric_tolerance", {}, "7", "seven", MISSING],
    ["numeric_tolerance", {}, "7", null, MISSING],
  ])("%s %j of %j against %j: %s", async (name, params, output, answer, expected) => {
    expect(await outcome(name, params, { output, expectations: { answer } })).toBe(expected);
  });
});

describe("string_distance", () => {
  // Wikipedia, "Levenshtein distance" and "Wagner-Fischer algorithm" (July 2024)
  it.each([
    ["kitten", "sitting", 3],
    ["Saturday", "Sunday", 3],
    ["flaw", "lawn", 2],
    ["uninformed", "uniformed", 1],
    ["", "abc", 3],
    ["same", "same", 0],
    ["\u{1F600}", "\u{1F601}", 1],
  ])("%s to %s takes %i edits", (a, b, edits) => {
    expect(levenshtein(a, b)).toBe(edits);
    expect(levenshtein(b, a)).toBe(edits);
  });

  it("is 1 minus the edits by the longer text's length", async () => {
    expect(similarity("kitten", "sitting")).toBeCloseTo(1 - 3 / 7, 12);
    expect(similarity("", "")).toBe(1);
    const answer = ["sitting", "mitten"];
    expect(await outcome("string_distance", {}, { output: "kitten", expectations: { answer } })).toBeCloseTo(
      5 / 6,
      12,
    );
    expect(await outcome("string_distance", {}, { output: "kitten" })).toBe(MISSING);
  });
});

describe("rouge", () => {
  // Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", section 3.1
  const answer = "police killed the gunman";
  // and google-research rouge_score 0.1.2 (no stemmer), called with the same texts
  const happy = "The order was late. The agent refunded it. The user was happy.";
  const dog = "The quick brown fox jumps over the lazy dog";
  it.each<Row>([
    ["rouge", {}, "police kill the gunman", answer, 0.75],
    ["rouge", {}, "the gunman kill police", answer, 0.5],
    ["rouge", { variant: "2" }, "police kill the gunman", answer, 1 / 3],
    ["rouge", { variant: "2" }, "the gunman kill police", answer, 1 / 3],
    ["rouge", { variant: "1" }, "The quick brown dog jumps on the log.", dog, 0.7058823529411765],
    ["rouge", { variant: "2" }, "The quick brown dog jumps on the log.", dog, 0.26666666666666666],
    ["rouge", { variant: "L" }, "The quick brown dog jumps on the log.", dog, 0.5882352941176471],
    ["rouge", { measure: "precision" }, "The quick brown dog jumps on the log.", dog, 0.625],
    ["rouge", { measure: "recall" }, "The quick brown dog jumps on the log.", dog, 0.5555555555555556],
    // over the whole text: united sentence by sentence it would be more
    ["rouge", {}, "The user was happy. The order was refunded late.", happy, 0.380952380952381],
    ["rouge", {}, "police kill the gunman", ["nothing alike", answer], 0.75],
    ["rouge", {}, "?!", answer, 0],
    ["rouge", {}, "police", "?!", MISSING],
    ["rouge", {}, "police", null, MISSING],
  ])("%s %j of %j against %j: %s", async (name, params, output, expected, value) => {
    const found = await outcome(name, params, { output, expectations: { answer: expected } });
    if (typeof value === "number") expect(found).toBeCloseTo(value, 12);
    else expect(found).toBe(value);
  });
});

describe("bleu", () => {
  const words = (text: string) => text.split(" ");
  // Papineni et al. 2002, example 1 and 2; values of NLTK's documentation of sentence_bleu and modified_precision
  const references = [
    "It is a guide to action that ensures that the military will forever heed Party commands",
    "It is the guiding principle which guarantees the military forces always being under the command of the Party",
    "It is the practical guide for the army always to heed the directions of the party",
  ];
  const first =
    "It is a guide to action which ensures that the military always obeys the commands of the party";
  const second = "It is to insure the troops forever hearing the activity guidebook that party direct";

  it("is 0.5046 for the first candidate of Papineni's example, as NLTK computes it", () => {
    expect(sentenceBleu(words(first), references.map(words), 4)).toBeCloseTo(0.5045666840058485, 12);
  });

  it("clips counts: 2/7 for seven times 'the'", () => {
    const rows = ["The cat is on the mat", "There is a cat on the mat"].map((text) =>
      words(text.toLowerCase()),
    );
    expect(sentenceBleu(words("the the the the the the the"), rows, 1)).toBeCloseTo(2 / 7, 12);
  });

  it.each([
    // sacreBLEU 2.6.0, sentence_bleu(..., tokenize="none").score / 100
    [second, references, 0.0696300330571809],
    ["the cat sat", ["the cat sat on a mat"], 0.3678794411714425],
    ["the dog ran away", ["the cat sat on a mat"], 0.09688464563433237],
  ])("smooths as sacreBLEU does: %s", (candidate, refs, score) => {
    expect(sentenceBleu(words(candidate), refs.map(words), 4)).toBeCloseTo(score, 10);
  });

  it.each<Row>([
    ["bleu", {}, first, references, 0.5045666840058485],
    ["bleu", {}, "completely different", "nothing alike here", 0],
    ["bleu", {}, "the same text it is", "the same text it is", 1],
    ["bleu", { ignoreCase: true }, "THE SAME TEXT IT IS", "the same text it is", 1],
    ["bleu", {}, "anything", "", MISSING],
  ])("%s %j of %j", async (name, params, output, answer, value) => {
    const found = await outcome(name, params, { output, expectations: { answer } });
    if (typeof value === "number") expect(found).toBeCloseTo(value, 12);
    else expect(found).toBe(value);
  });
});
