import type { LabelCoverage } from "../model/calibration.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { Verdict } from "../model/verdict.ts";
import type { Label, LabelledItem } from "./labelled-item.ts";
import type { Obtained } from "./obtain-verdicts.ts";

/** One item that people and the judge both decided. */
export interface ComparedItem {
  readonly id: string;
  readonly cluster: string;
  readonly weight: number;
  readonly people: string;
  readonly judge: string;
  /** Null where a category counts as neither. */
  readonly peoplePass: boolean | null;
  readonly judgePass: boolean | null;
  /** The judge's value, for a curve over thresholds. */
  readonly score: number | null;
  /** The categories that single people chose. */
  readonly said: readonly string[];
}

export type Scale = "pass_fail" | "labels";

export interface ComparedLabels {
  readonly scale: Scale;
  readonly categories: readonly string[];
  /** The categories go from one end to the other. */
  readonly ordered: boolean;
  readonly items: readonly ComparedItem[];
  readonly coverage: Pick<
    LabelCoverage,
    "compared" | "contested" | "notApplicable" | "unscored" | "errors" | "reused"
  >;
}

/** All of a judge's labels are compared where it has more than two and people chose among just them. */
export const scaleOf = (judge: ResolvedJudge, items: readonly LabelledItem[]): Scale =>
  judge.level === "pair" ||
  (judge.labels.length > 2 && items.every(({ labels }) => labels.every(({ category }) => category !== null)))
    ? "labels"
    : "pass_fail";

const passWord = (pass: boolean): string => (pass ? "pass" : "fail");

/** What one person says in terms of the scale; null: the question does not arise. */
export const categoryOf = (label: Label, scale: Scale): string | null =>
  scale === "labels" ? label.category : label.pass === null ? null : passWord(label.pass);

/** What most people say; `contested` when there is no most. */
export function majority(said: readonly string[]): { category: string } | "contested" {
  const counts = new Map<string, number>();
  for (const category of said) counts.set(category, (counts.get(category) ?? 0) + 1);
  const [first, second] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!first || first[1] === second?.[1]) return "contested";
  return { category: first[0] };
}

/** Verdicts on pairs, from the side of the first answer. */
const SIDES = ["win", "loss", "tie"];

/** All categories that a judge can give in its own words. */
export const namesOf = ({ level, labels }: ResolvedJudge): readonly string[] =>
  level === "pair" ? SIDES : labels.map(({ label }) => label);

/** A tie is neither: the two rates are of the pairs that were decided. */
const judgePassOf = ({ label, pass }: Verdict, { level }: ResolvedJudge): boolean | null =>
  level === "pair" ? (label === "tie" || label === null ? null : label === "win") : pass;

/** What the judge says in terms of the scale; null: it did not decide. */
export function judgedCategory(
  { state, label, pass }: Verdict,
  scale: Scale,
  judge: ResolvedJudge,
): string | null {
  if (scale === "labels") {
    const known = namesOf(judge).some((one) => one === label);
    return (state === "scored" || state === "not_applicable") && known ? label : null;
  }
  return state === "scored" && pass !== null ? passWord(pass) : null;
}

const count = (counts: Record<string, number>, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1;
};

const passOf = (category: string, scale: Scale, item: LabelledItem): boolean | null =>
  scale === "pass_fail"
    ? category === "pass"
    : (item.labels.find((label) => label.category === category)?.pass ?? null);

/** Sets people's labels against the judge's verdicts, item by item; whatever cannot be compared is counted by its reason. */
export function compareLabels(
  judge: ResolvedJudge,
  labelled: readonly LabelledItem[],
  verdicts: ReadonlyMap<string, Obtained>,
): ComparedLabels {
  const scale = scaleOf(judge, labelled);
  const coverage = { contested: 0, notApplicable: 0, reused: 0 };
  const unscored: Record<string, number> = {};
  const errors: Record<string, number> = {};
  const items: ComparedItem[] = [];
  for (const item of labelled) {
    const said = item.labels.flatMap((label) => categoryOf(label, scale) ?? []);
    const people = said.length === 0 ? null : majority(said);
    const obtained = verdicts.get(item.id);
    if (obtained?.reused) coverage.reused += 1;
    if (people === null) coverage.notApplicable += 1;
    else if (people === "contested") coverage.contested += 1;
    else if (!obtained) count(errors, "run_missing");
    else {
      const { verdict } = obtained;
      const decided = judgedCategory(verdict, scale, judge);
      if (verdict.state === "error") count(errors, verdict.reason ?? "error");
      else if (decided === null && verdict.state === "not_applicable") coverage.notApplicable += 1;
      else if (decided === null && (verdict.state !== "scored" || verdict.value === null))
        count(unscored, verdict.reason ?? verdict.state);
      else
        items.push({
          id: item.id,
          cluster: item.cluster,
          weight: item.weight,
          people: people.category,
          judge: decided ?? "",
          peoplePass: passOf(people.category, scale, item),
          judgePass: judgePassOf(verdict, judge),
          score: verdict.value,
          said,
        });
    }
  }
  const categories = categoriesOf(judge, scale, items);
  return {
    scale,
    categories,
    ordered: scale === "labels" && isOrdered(judge, categories),
    items,
    coverage: { ...coverage, unscored, errors, compared: items.length },
  };
}

function categoriesOf(judge: ResolvedJudge, scale: Scale, items: readonly ComparedItem[]): string[] {
  if (scale === "pass_fail") return ["pass", "fail"];
  const used = new Set(items.flatMap((item) => [item.people, item.judge]));
  return namesOf(judge).filter((name) => used.has(name));
}

function isOrdered({ labels }: ResolvedJudge, categories: readonly string[]): boolean {
  const values = categories.map((category) => labels.find(({ label }) => label === category)?.value ?? null);
  const steps = values.slice(1).map((value, i) => {
    const before = values[i] ?? null;
    return value === null || before === null ? 0 : Math.sign(value - before);
  });
  return steps.length > 1 && steps.every((step) => step !== 0 && step === steps[0]);
}
