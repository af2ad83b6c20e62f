import { orderBias } from "../judges/model/order-bias.ts";
import type { CalibrationCard } from "../model/calibration.ts";
import { accuracyOfJudge } from "./accuracy.ts";
import { agreementOf } from "./agreement.ts";
import { annotatorsOf } from "./annotators.ts";
import type { CalibrationInput } from "./calibration-input.ts";
import { type ComparedItem, compareLabels, namesOf } from "./compare-labels.ts";
import { estimated } from "./interval-of.ts";
import type { LabelledItem } from "./labelled-item.ts";
import type { Obtained } from "./obtain-verdicts.ts";

export interface CardParts {
  readonly input: CalibrationInput;
  readonly createdUs: number;
  readonly verdicts: ReadonlyMap<string, Obtained>;
  readonly repeatability: CalibrationCard["repeatability"];
}

const MOST_DISAGREEMENTS = 20;
/** Below this many items of a class, its rate says little whatever it is. */
const FEW = 20;

function notesOf(items: readonly ComparedItem[], input: CalibrationInput): string[] {
  const passed = items.filter(({ peoplePass }) => peoplePass === true).length;
  const failed = items.filter(({ peoplePass }) => peoplePass === false).length;
  const few = Math.min(passed, failed);
  return [
    ...(few < FEW && passed + failed > 0
      ? [`only ${few} of the labels ${passed < failed ? "pass" : "fail"}: label more of those`]
      : []),
    ...(input.labels.sample === null && input.leftOut.tunedOn > 0
      ? [`${input.leftOut.tunedOn} items were left out, since the judge was tuned on their labels`]
      : []),
    ...(input.judge.level === "pair" ? ["ties are left out of TPR, TNR and J; agreement counts them"] : []),
    ...(items.some(({ weight }) => weight !== 1)
      ? ["items are weighted by one over their chance of being drawn"]
      : []),
  ];
}

const answeredBy = (verdicts: CardParts["verdicts"]): string[] =>
  [...new Set([...verdicts.values()].flatMap(({ verdict }) => verdict.source.id ?? []))].sort();

/** Of people's categories all that the judge has, also those that only some chose. */
const allCategories = ({ judge }: CalibrationInput, categories: readonly string[]): readonly string[] =>
  categories[0] === "pass" ? categories : namesOf(judge);

const disagreementsOf = (items: readonly ComparedItem[]): CalibrationCard["disagreements"] =>
  items
    .filter(({ people, judge }) => judge !== "" && people !== judge)
    .slice(0, MOST_DISAGREEMENTS)
    .map(({ id, people, judge }) => ({ item: id, people, judge }));

/** Of a judge of pairs: how much it goes by the order in which answers are shown. */
function orderOf(
  { judge, items }: CalibrationInput,
  verdicts: CardParts["verdicts"],
): Pick<CalibrationCard, "orderConsistency" | "choseFirst"> {
  if (judge.level !== "pair") return { orderConsistency: null, choseFirst: null };
  const { consistent, first } = orderBias(items.flatMap(({ id }) => verdicts.get(id)?.verdict ?? []));
  const { rate, interval } = consistent;
  return {
    orderConsistency: rate === null || interval === null ? null : estimated(rate, interval, "wilson"),
    choseFirst: first.rate,
  };
}

const byId = (a: LabelledItem, b: LabelledItem): number => (a.id < b.id ? -1 : 1);

/** The card of a judge from people's labels and its own verdicts; in whatever order they came. */
export function makeCard({ input, createdUs, verdicts, repeatability }: CardParts): CalibrationCard {
  const { judge, labels, guideline, leftOut, seed } = input;
  const labelled = input.items.toSorted(byId);
  const compared = compareLabels(judge, labelled, verdicts);
  const { items, categories, scale } = compared;
  return {
    judge: judge.name,
    version: judge.version,
    hash: judge.hash,
    kind: judge.kind,
    answeredBy: answeredBy(verdicts),
    guideline,
    labels,
    createdUs,
    n: items.length,
    clusters: new Set(items.map(({ cluster }) => cluster)).size,
    coverage: { ...leftOut, ...compared.coverage },
    categories: [...categories],
    ...agreementOf(compared, seed),
    ...accuracyOfJudge(items, seed, judge.goal),
    annotators: annotatorsOf(labelled, items, scale, allCategories(input, categories), seed),
    ...orderOf(input, verdicts),
    repeatability,
    disagreements: disagreementsOf(items),
    notes: notesOf(items, input),
  };
}
