import { type JudgingTools, judgeItem } from "../../evaluation/judge-item.ts";
import { sourcesOf } from "../../evaluation/obtain.ts";
import type { Held } from "../../evaluation/pipeline.ts";
import { isMissing, itemOf, type RunRecord, recordingOfRun } from "../../evaluation/run-record.ts";
import { forEachConcurrent } from "../../for-each.ts";
import { missingRunVerdict } from "../../judges/missing-run.ts";
import type { ResultRow } from "../../model/evaluation.ts";
import type { Example } from "../../model/example.ts";
import type { OptimizationSetup } from "../../model/optimization.ts";
import { type TrainingRecord, trainingRecord } from "../reflection/training-record.ts";
import { type TripwireRun, tripwireRun } from "../reflection/tripwires.ts";
import type { Candidate, Case, EvaluationRequest, Purpose } from "../search/contract.ts";
import { type Arms, candidateKey } from "./arms.ts";
import { type CampaignOutcome, goodness, meanGoodness, measuresOf } from "./outcome.ts";

/** Cases under way beyond the runs, so that wide judges' endpoints are kept busy. */
const AT_ONCE = 64;

export interface Evaluator {
  evaluate(
    requests: readonly EvaluationRequest[],
    purpose: Purpose,
  ): Promise<readonly (readonly CampaignOutcome[])[] | Held>;
  /** Scores of a candidate by example id, means over the repeats that were run. */
  scores(candidate: Candidate): ReadonlyMap<string, number | null>;
  /** What the tripwires look at, of all that a candidate was run on. */
  facts(candidate: Candidate): readonly TripwireRun[];
  /** All training records, of whichever candidate. */
  training(): readonly TrainingRecord[];
  /** Cases evaluated, those whose runs were recorded before included. */
  readonly counts: { cases: number };
}

export interface EvaluatorOptions {
  readonly setup: OptimizationSetup;
  readonly examples: readonly Example[];
  readonly arms: Arms;
  readonly judging: JudgingTools;
  onCase(done: number): void;
}

interface Piece {
  readonly candidate: Candidate;
  readonly case: Case;
  readonly example: Example;
  readonly place: readonly [number, number];
}

/** Runs and judges candidates: each case through the ledger, so that a campaign that goes on pays nothing twice. */
export function createEvaluator(options: EvaluatorOptions): Evaluator {
  const { setup, arms, judging } = options;
  const byId = new Map(options.examples.map((example) => [example.id, example]));
  const primary = setup.judges.find(({ name }) => name === setup.primary);
  if (!primary) throw new Error("the primary judge is among the judges");
  const shownJudges = [primary, ...setup.judges.filter((judge) => judge !== primary)].map(({ name }) => ({
    name,
    decides: name === setup.primary || name === setup.alongside,
  }));
  const deciding = shownJudges.filter(({ decides }) => decides).map(({ name }) => name);
  const known = new Map<string, Map<string, CampaignOutcome[]>>();
  const counts = { cases: 0 };

  const verdictsOf = async (record: RunRecord, example: Example): Promise<ResultRow["verdicts"] | Held> => {
    const item = itemOf(example, record);
    const said = await Promise.all(
      setup.judges.map(async (judge) => ({
        name: judge.name,
        verdict: isMissing(record.run)
          ? missingRunVerdict(judge)
          : await judgeItem(judge, item, sourcesOf(example), judging, recordingOfRun(record.run)),
      })),
    );
    const verdicts: ResultRow["verdicts"] = {};
    for (const { name, verdict } of said) {
      if (verdict === "pending" || verdict === "over_budget") return verdict;
      verdicts[name] = verdict;
    }
    return verdicts;
  };

  const outcomeOf = (
    example: Example,
    record: RunRecord,
    verdicts: ResultRow["verdicts"],
    candidate: Candidate,
  ): CampaignOutcome => {
    const score = meanGoodness(
      setup.judges.filter(({ name }) => deciding.includes(name)),
      verdicts,
    );
    return {
      score,
      objectives: {
        ...Object.fromEntries(setup.judges.map((judge) => [judge.name, goodness(judge, verdicts)])),
        ...measuresOf(record.run, candidate.components),
      },
      record:
        example.split === "train"
          ? trainingRecord(example, record, { verdicts, judges: shownJudges, score })
          : null,
      facts: tripwireRun(example, record, score),
    };
  };

  const runPiece = async ({ candidate, case: one, example }: Piece): Promise<CampaignOutcome | Held> => {
    const obtain = await arms.obtain(candidate);
    const record = await obtain({ example, repeat: one.repeat });
    if (record === "pending" || record === "over_budget") return record;
    const verdicts = await verdictsOf(record, example);
    if (verdicts === "pending" || verdicts === "over_budget") return verdicts;
    return outcomeOf(example, record, verdicts, candidate);
  };

  const remember = (candidate: Candidate, exampleId: string, outcome: CampaignOutcome): void => {
    const key = candidateKey(candidate);
    const examples = known.get(key) ?? new Map<string, CampaignOutcome[]>();
    known.set(key, examples);
    examples.set(exampleId, [...(examples.get(exampleId) ?? []), outcome]);
  };

  return {
    counts,
    async evaluate(requests) {
      const pieces = requests.flatMap(({ candidate, cases }, i) =>
        cases.map((one, j): Piece => {
          const example = byId.get(one.exampleId);
          if (!example) throw new Error("the search asks only for examples of the dataset");
          return { candidate, case: one, example, place: [i, j] };
        }),
      );
      const outcomes: (CampaignOutcome | undefined)[][] = requests.map(() => []);
      let held: Held | null = null;
      await forEachConcurrent(pieces, Math.max(arms.concurrency, AT_ONCE), async (piece) => {
        const outcome = await runPiece(piece);
        if (outcome === "pending" || outcome === "over_budget") {
          held = held === "over_budget" ? held : outcome;
          return;
        }
        const row = outcomes[piece.place[0]];
        if (row) row[piece.place[1]] = outcome;
        counts.cases += 1;
        options.onCase(counts.cases);
      });
      if (held !== null) return held;
      const whole = outcomes.map((row) =>
        row.map((outcome) => {
          if (!outcome) throw new Error("every case has ended");
          return outcome;
        }),
      );
      for (const piece of pieces) {
        const outcome = whole[piece.place[0]]?.[piece.place[1]];
        if (outcome) remember(piece.candidate, piece.example.id, outcome);
      }
      return whole;
    },
    scores(candidate) {
      const examples = known.get(candidateKey(candidate)) ?? new Map<string, CampaignOutcome[]>();
      return new Map(
        [...examples].map(([id, outcomes]) => {
          const scores = outcomes.flatMap(({ score }) => (score === null ? [] : [score]));
          return [id, scores.length === 0 ? null : scores.reduce((a, b) => a + b, 0) / scores.length];
        }),
      );
    },
    facts: (candidate) =>
      [...(known.get(candidateKey(candidate))?.values() ?? [])].flat().map(({ facts }) => facts),
    training: () =>
      [...known.values()]
        .flatMap((examples) => [...examples.values()].flat())
        .flatMap(({ record }) => (record === null ? [] : [record])),
  };
}
