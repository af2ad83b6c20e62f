import { allot, fitBlocks, type Marker } from "../../judges/model/fit-text.ts";
import { numberText } from "./number-text.ts";
import type { JudgeWords, TrainingRecord } from "./training-record.ts";

/** One training case with the scores of its other repeats. */
export interface ShownCase {
  readonly record: TrainingRecord;
  /** Of all repeats of the case, the shown one among them; null is missing data. */
  readonly scores: readonly (number | null)[];
  readonly isFailing: boolean;
}

const inset = (text: string): string => text.replaceAll("\n", "\n  ");

function judgeRow({ judge, decides, label, pass, value, rationale, reason }: JudgeWords): string {
  const said = [
    ...(pass === null ? [] : [pass ? "pass" : "fail"]),
    ...(label === null ? [] : [`"${label}"`]),
    ...(value === null ? [] : [numberText(value)]),
    ...(reason === null ? [] : [`no verdict (${reason})`]),
  ].join(", ");
  const why = rationale === null ? "" : `: ${inset(rationale)}`;
  return `judge ${judge}${decides ? " (decides)" : ""}: ${said === "" ? "no verdict" : said}${why}`;
}

function outcomeRow({ record, scores }: ShownCase): string {
  const { status, error } = record;
  const run =
    status === "ok" ? "ended well" : `failed (${status})${error === null ? "" : `: ${inset(error)}`}`;
  const repeats = scores.length > 1 ? ` (its repeats: ${scores.map(numberText).join(", ")})` : "";
  return `score ${numberText(record.score)}${repeats}; the run ${run}`;
}

interface Field {
  readonly title: string | null;
  readonly blocks: readonly string[];
  readonly weight: number;
}

function fieldsOf(shown: ShownCase): readonly Field[] {
  const { input, steps, output, expectations, judges, findings } = shown.record;
  const fields: Field[] = [
    {
      title: null,
      blocks: [outcomeRow(shown), ...judges.map(judgeRow), ...findings.map((text) => `trace: ${text}`)],
      weight: 5,
    },
    { title: "input", blocks: input, weight: 3 },
    { title: "steps", blocks: steps, weight: 4 },
    { title: "output", blocks: output, weight: 4 },
    { title: "expected", blocks: expectations, weight: 3 },
  ];
  return fields.filter(({ blocks }) => blocks.length > 0);
}

/** Everything that a case can show: no word of a fence may be in it. */
export const caseTexts = (shown: ShownCase): readonly string[] =>
  fieldsOf(shown).flatMap(({ blocks }) => blocks);

/** Characters that a case has when nothing is cut. */
export const caseSize = (shown: ShownCase): number =>
  fieldsOf(shown).reduce(
    (sum, { title, blocks }) => sum + blocks.join("\n").length + (title?.length ?? 0) + 4,
    0,
  );

/** A case in about `chars` characters: what came of it first, then what went in and out. Long fields lose their middle. */
export function caseText(
  shown: ShownCase,
  chars: number,
  marker: Marker,
): { readonly text: string; readonly cut: number } {
  const fields = fieldsOf(shown);
  const sizes = fields.map(({ blocks, weight }) => ({ size: blocks.join("\n").length, weight }));
  const allowed = allot(sizes, chars);
  const fitted = fields.map(({ title, blocks }, i) => {
    const { text, cut } = fitBlocks(blocks, allowed[i] ?? 0, marker);
    return { text: title === null ? text : `${title}:\n  ${inset(text)}`, cut };
  });
  return {
    text: fitted.map(({ text }) => text).join("\n"),
    cut: fitted.reduce((sum, { cut }) => sum + cut, 0),
  };
}
