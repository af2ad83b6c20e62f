import { hashOf } from "../canonical.ts";
import { AppError } from "../errors.ts";
import { findBuiltin } from "../judges/catalogue.ts";
import type { Evaluation } from "../model/evaluation.ts";
import type { ResolvedJudge } from "../model/judge.ts";

export interface Shared {
  /** Of single answers, the same on both sides. */
  readonly judges: readonly ResolvedJudge[];
  readonly primary: ResolvedJudge;
  readonly warnings: readonly string[];
}

/** Why two evaluations cannot be compared, in our own words; empty when they can. */
function differences(baseline: Evaluation, candidate: Evaluation): string[] {
  const [a, b] = [baseline.setup, candidate.setup];
  const sides = [
    ["baseline", baseline],
    ["candidate", candidate],
  ] as const;
  return [
    ...(baseline.id === candidate.id ? ["both are the same evaluation"] : []),
    ...sides.flatMap(([side, { setup }]) =>
      setup.pair
        ? [
            `the ${side} is a judging of the pair ${setup.pair.baseline} and ${setup.pair.candidate}: name these`,
          ]
        : [],
    ),
    ...sides.flatMap(([side, { endedUs }]) => (endedUs === null ? [`the ${side} has not ended`] : [])),
    ...sides.flatMap(([side, { setup }]) =>
      setup.target.changed ? [`the code of the ${side}'s target changed while it ran`] : [],
    ),
    ...(a.dataset.name !== b.dataset.name
      ? [`the datasets are ${a.dataset.name} and ${b.dataset.name}`]
      : a.dataset.hash !== b.dataset.hash
        ? [`the versions of ${a.dataset.name} are ${a.dataset.version} and ${b.dataset.version}`]
        : []),
    ...([...a.splits].sort().join() !== [...b.splits].sort().join()
      ? [`the splits are ${a.splits.join("+")} and ${b.splits.join("+")}`]
      : []),
  ];
}

/** Equal by name and by all that can change verdicts, who answers included. */
function sharedJudges(baseline: Evaluation, candidate: Evaluation) {
  const other = new Map(candidate.setup.judges.map((judge) => [judge.name, judge]));
  const same: ResolvedJudge[] = [];
  const changed: string[] = [];
  for (const judge of baseline.setup.judges) {
    const twin = other.get(judge.name);
    if (!twin) continue;
    if (twin.hash === judge.hash && twin.kind === judge.kind && twin.model === judge.model) same.push(judge);
    else changed.push(judge.name);
  }
  return { same, changed };
}

function refusal({ setup: { dataset } }: Evaluation, reasons: readonly string[], usable: readonly string[]) {
  const known = usable.length > 0 ? ` Judges of both: ${usable.join(", ")}.` : "";
  return new AppError("refused", `These evaluations cannot be compared: ${reasons.join("; ")}`, {
    hint: `Run both with the same dataset version and judges, e.g. run_evaluation with dataset ${dataset.name}@${dataset.version}.${known}`,
  });
}

/** @throws AppError `refused` when two evaluations are not of the same examples, whatever their judges. */
export function assertSameExamples(baseline: Evaluation, candidate: Evaluation): void {
  const reasons = differences(baseline, candidate);
  if (reasons.length > 0) throw refusal(candidate, reasons, []);
}

function unusable(name: string, changed: readonly string[]): string {
  if (changed.includes(name))
    return `judge ${name} is not the same in both (its rubric, parameters or answerer changed)`;
  const isPair = findBuiltin(name)?.level === "pair";
  return isPair
    ? `judge ${name} has not judged their pairs: run_judges with this baseline and candidate first`
    : `judge ${name.slice(0, 80)} is not in both`;
}

/**
 * The judges on which two evaluations can be compared.
 * @param ofPairs judges that compared the two answer by answer.
 * @throws AppError `refused` that says what differs and what to run instead.
 */
export function assertComparable(
  baseline: Evaluation,
  candidate: Evaluation,
  wanted: string | undefined,
  ofPairs: readonly ResolvedJudge[],
): Shared {
  const reasons = differences(baseline, candidate);
  const { same, changed } = sharedJudges(baseline, candidate);
  const name = wanted ?? candidate.setup.primary;
  const primary = [...same, ...ofPairs].find((judge) => judge.name === name);
  if (!primary) reasons.push(unusable(name, changed));
  if (reasons.length > 0 || !primary)
    throw refusal(
      candidate,
      reasons,
      [...same, ...ofPairs].map((judge) => judge.name),
    );
  const [a, b] = [baseline.setup, candidate.setup];
  return {
    judges: same,
    primary,
    warnings: [
      ...(changed.length > 0
        ? [`not compared, since they changed between the two: ${changed.join(", ")}`]
        : []),
      ...(a.target.kind !== b.target.kind && [a, b].some(({ target }) => target.kind === "recorded")
        ? ["one side was recorded earlier, the other run now: conditions may differ"]
        : []),
      ...(a.target.configHash === b.target.configHash &&
      a.target.treeHash === b.target.treeHash &&
      a.target.treeHash !== null &&
      hashOf(a.prompts) === hashOf(b.prompts)
        ? ["both sides ran the same code with the same configuration: only chance differs"]
        : []),
      ...(a.repeats !== b.repeats
        ? [`repeats differ (${a.repeats} and ${b.repeats}): means per example are compared`]
        : []),
    ],
  };
}
