import { hashOf } from "../canonical.ts";
import type { JudgingTools } from "../evaluation/judge-item.ts";
import type { Held } from "../evaluation/pipeline.ts";
import type { JobTools } from "../jobs/runner.ts";
import { resolveJudge } from "../judges/resolve.ts";
import { judgeSurroundings } from "../judges/save.ts";
import type { Alignment } from "../model/alignment.ts";
import type { Job } from "../model/job.ts";
import { Json, type JsonObject } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import { decide } from "../statistics/decide.ts";
import type { Decision } from "../statistics/decision.ts";
import type { ScorePair } from "../statistics/score-pairs.ts";
import type { AlignInput } from "./align-input.ts";
import type { Candidate } from "./candidates.ts";
import { cardData } from "./card-words.ts";
import { compareLabels, judgedCategory, scaleOf } from "./compare-labels.ts";
import type { Distilled } from "./distil.ts";
import type { LabelledItem } from "./labelled-item.ts";
import { makeCard } from "./make-card.ts";
import type { AllObtained } from "./obtain-verdicts.ts";
import { keepCard } from "./run-calibration.ts";
import { alignmentsOf } from "./tuned-on.ts";

export type Verdicts = AllObtained["verdicts"];

export interface Aligning {
  readonly job: Job;
  readonly tools: JobTools;
  readonly input: AlignInput;
  readonly judging: JudgingTools;
  readonly held: Held[];
  note(done: number): void;
}

export interface Tried extends Candidate {
  readonly training: number;
}

/** 1 where a judge agrees with most people, 0 where not, null where it has no verdict; nothing where people are split. */
export function agreements(judge: ResolvedJudge, items: readonly LabelledItem[], verdicts: Verdicts) {
  const scale = scaleOf(judge, items);
  const compared = new Map(compareLabels(judge, items, verdicts).items.map((item) => [item.id, item]));
  return new Map(
    items.map(({ id }): [string, number | null] => {
      const item = compared.get(id);
      const verdict = verdicts.get(id)?.verdict;
      const decided = verdict ? judgedCategory(verdict, scale, judge) : null;
      return [id, item && decided !== null ? (item.people === item.judge ? 1 : 0) : null];
    }),
  );
}

export const shareOf = (values: Iterable<number | null>): number => {
  const known = [...values].filter((value) => value !== null);
  return known.reduce((sum, value) => sum + value, 0) / Math.max(1, known.length);
};

function decideOn(
  input: AlignInput,
  before: ReadonlyMap<string, number | null>,
  after: ReadonlyMap<string, number | null>,
  attempt: number,
): Decision {
  const rows = input.heldOut.map(
    ({ id, cluster }): ScorePair => ({
      exampleId: id,
      cluster: cluster === id ? null : cluster,
      baseline: before.get(id) ?? null,
      candidate: after.get(id) ?? null,
    }),
  );
  return decide(rows, { seed: input.judge.hash, bounds: [0, 1], correction: { kind: "attempts", attempt } });
}

/** The next version of the judge, with a card from the held-out labels. */
async function keep({ tools, job, input }: Aligning, { spec }: Candidate, after: Verdicts) {
  const body = Json.parse(JSON.parse(JSON.stringify(spec)));
  const { record } = await tools.store.records.versions.save({
    projectId: job.projectId,
    kind: "judge",
    name: spec.name,
    hash: hashOf(body),
    body,
    note: `aligned with people's labels ${input.labels.name}`,
  });
  const surroundings = { ...(await judgeSurroundings(input.repository)), defaultModel: input.judge.model };
  const judge = await resolveJudge(spec, surroundings, record.version);
  const card = makeCard({
    input: {
      judge,
      guideline: spec.guideline ?? null,
      labels: input.labels,
      items: input.heldOut,
      leftOut: {
        labelled: input.heldOut.length + input.training.length,
        notUnderstood: 0,
        tunedOn: input.training.length,
        notDrawn: 0,
        outsideSample: 0,
      },
      repeats: 0,
      population: null,
      repository: input.repository,
      seed: job.projectId,
    },
    createdUs: job.createdUs,
    verdicts: after,
    repeatability: null,
  });
  await keepCard(tools, job.projectId, card);
  return { version: record.version, card };
}

async function remember({ tools, job, input }: Aligning, version: number | null): Promise<void> {
  const alignment: Alignment = {
    judge: input.spec.name,
    baseHash: input.judge.hash,
    labels: input.labels.name,
    createdUs: job.createdUs,
    version,
    trainingLabels: input.training.flatMap(({ labels }) => labels.map(({ id }) => id)),
  };
  const body = Json.parse(JSON.parse(JSON.stringify(alignment)));
  await tools.store.records.versions.save({
    projectId: job.projectId,
    kind: "alignment",
    name: input.spec.name,
    hash: hashOf(body),
    body,
    note: null,
  });
}

const three = (value: number): number => Math.round(value * 1_000) / 1_000;

function resultOf(
  input: AlignInput,
  decision: Decision,
  tried: readonly Tried[],
  distilled: Distilled | null,
  before: number,
  after: number,
): JsonObject {
  const { findings, verdict, better, worse, pairs, alphaUsed } = decision;
  const interval = findings?.interval;
  return {
    judge: input.spec.name,
    verdict,
    says:
      verdict === "better"
        ? "On labels that it did not learn from the aligned judge agrees with people more often: it is kept."
        : "On labels that it did not learn from nothing was shown to be better: the judge stays as it is.",
    chosen: tried[0]?.what ?? "nothing",
    heldOut: {
      n: pairs,
      before: three(before),
      after: three(after),
      difference: findings === null ? null : three(findings.difference),
      interval: interval ? [interval.low, interval.high] : null,
      p: findings === null ? null : Number(findings.pValue.toPrecision(3)),
      alpha: Number(alphaUsed.toPrecision(3)),
      nowRight: better,
      nowWrong: worse,
    },
    trainedOn: input.training.length,
    tried: {
      columns: ["change", "agreement on training labels"],
      rows: tried.map(({ what, training }): Json[] => [
        what,
        Number.isFinite(training) ? three(training) : null,
      ]),
    },
    ...(distilled ? { rules: [...distilled.rules] } : {}),
    ...(distilled && distilled.quoting > 0 ? { rulesThatQuotedCases: distilled.quoting } : {}),
  };
}

interface Outcome {
  readonly verdicts: Verdicts;
  readonly rules: Distilled | null;
  readonly tried: readonly Tried[];
}

/** Whether the chosen change is better on labels that it did not learn from; if so, it is kept. */
export async function conclude(
  aligning: Aligning,
  { verdicts, rules, tried }: Outcome,
  chosen: Tried,
  after: Verdicts,
): Promise<Json> {
  const { input, tools, job } = aligning;
  const was = agreements(input.judge, input.heldOut, verdicts);
  const is = agreements(chosen.judge, input.heldOut, after);
  const earlier = await alignmentsOf(tools.store.records.versions, job.projectId, input.spec.name);
  const attempt = earlier.filter(({ createdUs }) => createdUs < job.createdUs).length + 1;
  const decision = decideOn(input, was, is, attempt);
  const result = resultOf(input, decision, tried, rules, shareOf(was.values()), shareOf(is.values()));
  const kept = decision.verdict === "better" ? await keep(aligning, chosen, after) : null;
  await remember(aligning, kept?.version ?? null);
  const outcome = {
    ...result,
    attempt,
    kept: kept === null ? null : `${input.spec.name}@${kept.version}`,
    ...(kept === null ? {} : { card: cardData(kept.card)["measures"] }),
  };
  return Json.parse(JSON.parse(JSON.stringify(outcome)));
}
