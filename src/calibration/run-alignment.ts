import { invalidInput } from "../errors.ts";
import { judgingOf, refuseOverBudget } from "../evaluation/judging-of.ts";
import { type JobRunner, Parked } from "../jobs/runner.ts";
import type { Json } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import { AlignInput } from "./align-input.ts";
import { type Aligning, agreements, conclude, shareOf, type Tried, type Verdicts } from "./align-outcome.ts";
import { type Candidate, candidatesOf } from "./candidates.ts";
import { compareLabels } from "./compare-labels.ts";
import { type Case, type Distilled, distil } from "./distil.ts";
import type { LabelledItem } from "./labelled-item.ts";
import { examplesOf, obtainVerdicts, shownItem } from "./obtain-verdicts.ts";

const obtainingOf = ({ tools, job, input, judging }: Aligning, judge: ResolvedJudge) => ({
  store: tools.store,
  projectId: job.projectId,
  judge,
  labelName: input.labels.name,
  judging,
});

async function verdictsOf(
  aligning: Aligning,
  judge: ResolvedJudge,
  items: readonly LabelledItem[],
): Promise<Verdicts> {
  const { verdicts, held } = await obtainVerdicts(obtainingOf(aligning, judge), items);
  aligning.held.push(...held);
  aligning.note(items.length);
  return verdicts;
}

/** Training items on which people and the judge differ, with what both said. */
async function casesOf(aligning: Aligning, verdicts: Verdicts): Promise<Case[]> {
  const { input, tools, job } = aligning;
  const { judge, training, labels } = input;
  const byId = new Map(training.map((item) => [item.id, item]));
  const differ = compareLabels(judge, training, verdicts).items.filter(
    (item) => item.judge !== "" && item.people !== item.judge,
  );
  const examples = await examplesOf(
    tools.store,
    job.projectId,
    training.map(({ place }) => place),
  );
  const from = { store: tools.store, projectId: job.projectId, labelName: labels.name };
  const cases: Case[] = [];
  for (const { id, people, judge: said } of differ) {
    const item = byId.get(id);
    const shown = item && (await shownItem(from, item.place, examples));
    if (!shown) continue;
    const why = shown.assessments.find(
      ({ name, source, rationale }) => name === labels.name && source === labels.source && rationale !== null,
    );
    cases.push({
      item: shown.item,
      people,
      why: why?.rationale ?? null,
      judge: said,
      judgeWhy: verdicts.get(id)?.verdict.rationale ?? null,
      sources: shown.sources,
    });
  }
  return cases;
}

/** Of the candidates the one that agrees most with people on the training side; of equals the simplest. */
async function bestOf(aligning: Aligning, candidates: readonly Candidate[]): Promise<Tried[]> {
  const { training } = aligning.input;
  const tried: Tried[] = [];
  for (const candidate of candidates) {
    if (candidates.length === 1) return [{ ...candidate, training: Number.NaN }];
    const verdicts = await verdictsOf(aligning, candidate.judge, training);
    const agreed = agreements(candidate.judge, training, verdicts);
    tried.push({ ...candidate, training: shareOf(agreed.values()) });
  }
  return tried.sort((a, b) => b.training - a.training);
}

interface Learnt {
  readonly verdicts: Verdicts;
  readonly rules: Distilled | null;
  /** The best of what was tried comes first. */
  readonly tried: readonly Tried[];
}

/** Null while something is asked for: what is held then says what. */
const waits = ({ input, held, judging }: Aligning): Parked | null => {
  refuseOverBudget(held, judging.ledger);
  return held.length > 0 ? new Parked({ judge: input.judge.name, answersPending: held.length }) : null;
};

/** What the training labels teach: nothing of the held-out side is looked at. */
async function learn(aligning: Aligning): Promise<Learnt | Parked> {
  const { input, held } = aligning;
  const { judge, training, heldOut } = input;
  const verdicts = await verdictsOf(aligning, judge, [...training, ...heldOut]);
  const first = waits(aligning);
  if (first) return first;
  const cases = await casesOf(aligning, verdicts);
  const distilled = cases.length === 0 ? null : await distil(judge, cases, aligning.judging);
  if (distilled === "pending" || distilled === "over_budget") held.push(distilled);
  const second = waits(aligning);
  if (second) return second;
  const rules = typeof distilled === "string" ? null : distilled;
  const candidates = cases.length === 0 ? [] : await candidatesOf(input, rules?.rules ?? []);
  const tried = await bestOf(aligning, candidates);
  return waits(aligning) ?? { verdicts, rules, tried };
}

async function align(aligning: Aligning): Promise<Json | Parked> {
  const { input } = aligning;
  const learnt = await learn(aligning);
  if (learnt instanceof Parked) return learnt;
  const [chosen] = learnt.tried;
  if (!chosen)
    return {
      judge: input.judge.name,
      verdict: "inconclusive",
      says: "Nothing to learn: people and the judge agree on the training labels, or no rule and no example could be made of them.",
    };
  const after = await verdictsOf(aligning, chosen.judge, input.heldOut);
  return waits(aligning) ?? (await conclude(aligning, learnt, chosen, after));
}

/**
 * A job of kind `alignment`: learns from labels on which people and a judge differ, and keeps the changed judge only when
 * labels that it did not learn from show it to be better.
 */
export const runAlignmentJob: JobRunner = async (job, tools) => {
  const parsed = AlignInput.safeParse(job.input);
  if (!parsed.success)
    throw invalidInput("The alignment's setup is not one of this version", "Start a new one.");
  const input = parsed.data;
  const items = input.training.length + input.heldOut.length;
  let done = 0;
  return align({
    job,
    tools,
    input,
    judging: await judgingOf(job, tools, [input.judge], input.repository),
    held: [],
    note(count) {
      done += count;
      tools.progress(done, Math.max(done, items + 3 * input.training.length + input.heldOut.length));
    },
  });
};
