import { AppError } from "../errors.ts";
import type { Evaluation } from "../model/evaluation.ts";
import type { ResolvedJudge } from "../model/judge.ts";

export interface Shared {
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

/**
 * The judges on which two evaluations can be compared.
 * @throws AppError `refused` that says what differs and what to run instead.
 */
export function assertComparable(
  baseline: Evaluation,
  candidate: Evaluation,
  wanted: string | undefined,
): Shared {
  const reasons = differences(baseline, candidate);
  const { same, changed } = sharedJudges(baseline, candidate);
  const name = wanted ?? candidate.setup.primary;
  const primary = same.find((judge) => judge.name === name);
  if (!primary)
    reasons.push(
      changed.includes(name)
        ? `judge ${name} is not the same in both (its rubric, parameters or answerer changed)`
        : `judge ${name.slice(0, 80)} is not in both`,
    );
  if (reasons.length > 0 || !primary)
    throw new AppError("refused", `These evaluations cannot be compared: ${reasons.join("; ")}`, {
      hint: `Run both with the same dataset version and judges, e.g. run_evaluation with dataset ${candidate.setup.dataset.name}@${candidate.setup.dataset.version}.${same.length > 0 ? ` Judges that both share: ${same.map((judge) => judge.name).join(", ")}.` : ""}`,
    });
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
      a.target.treeHash !== null
        ? ["both sides ran the same code with the same configuration: only chance differs"]
        : []),
      ...(a.repeats !== b.repeats
        ? [`repeats differ (${a.repeats} and ${b.repeats}): means per example are compared`]
        : []),
    ],
  };
}
