import { admit } from "./admit.ts";
import type { Outcome, StopReason } from "./contract.ts";
import { type GateResult, gate, mostGateCases } from "./gate.ts";
import type { Draft } from "./pool.ts";
import { type Attempt, drawSlots, propose } from "./propose.ts";
import { type Finish, race } from "./race.ts";
import { isNoisy, type Run, refusal, reject } from "./run.ts";
import { reserveOf } from "./verify.ts";

function rejectAttempt<O extends Outcome>(
  run: Run<O>,
  { parent, candidate, changed, hypothesis }: Attempt,
  why: Extract<Finish, { kept: false }>,
): Promise<void> {
  const { reason, detail, before, after } = why;
  const { iteration } = run;
  return reject(run, {
    parent: parent.index,
    components: changed,
    code: candidate.code === parent.candidate.code ? null : candidate.code,
    hypothesis,
    reason,
    detail,
    before,
    after,
    iteration,
  });
}

const gateFinish = ({ verdict, before, after }: GateResult): Extract<Finish, { kept: false }> | null =>
  verdict === "pass"
    ? null
    : {
        kept: false,
        reason: verdict === "missing" ? "missing_data" : "no_gain_on_minibatch",
        detail: null,
        before,
        after,
      };

async function passGate<O extends Outcome>(run: Run<O>, attempts: readonly Attempt[]): Promise<Attempt[]> {
  const results = await gate(
    run,
    attempts.map((attempt) => ({ child: attempt, parent: attempt.parent, exampleIds: attempt.exampleIds })),
  );
  const passed: Attempt[] = [];
  for (const [i, attempt] of attempts.entries()) {
    const result = results[i];
    const failed = result && gateFinish(result);
    if (result?.idle && !isNoisy(run)) run.tried.addIdle(attempt.key, attempt.exampleIds);
    if (failed) await rejectAttempt(run, attempt, failed);
    else passed.push(attempt);
  }
  return passed;
}

/** Rollouts of one proposal at most: its parent's cases, the gate, and the first block for both. */
const mostRollouts = <O extends Outcome>(run: Run<O>): number =>
  run.settings.minibatch + mostGateCases(run) + 2 * run.settings.firstBlock * run.settings.repeats;

/** How many proposals the next step may write side by side; or why there is no next step. */
async function widthOf<O extends Outcome>(run: Run<O>): Promise<number | StopReason> {
  const each = mostRollouts(run);
  let stop: StopReason | null = null;
  for (const width of new Set([run.settings.proposalsPerStep, 1])) {
    const needs = { rollouts: width * each + reserveOf(run), proposals: width };
    stop = await refusal(run, `${run.iteration}:step of ${width}`, needs);
    if (!stop) return width;
  }
  return stop ?? "budget";
}

/** Proposals for parents of the frontier, through the gate and the race, into the pool. */
export async function step<O extends Outcome>(run: Run<O>): Promise<StopReason | null> {
  const width = await widthOf(run);
  if (typeof width === "string") return width;
  const slots = drawSlots(run, width);
  if (slots.length === 0) return "nothing_to_do";
  const cases = slots.map(({ parent, exampleIds }) => ({
    subject: parent,
    cases: exampleIds.map((exampleId) => ({ exampleId, repeat: 0 })),
  }));
  await run.answers.obtain(cases, "minibatch");
  const attempts = await passGate(run, await propose(run, slots));
  const finishes = await race(
    run,
    attempts.map((attempt) => ({ ...attempt, rival: attempt.parent })),
    "race",
  );
  for (const [i, attempt] of attempts.entries()) {
    const finish = finishes[i];
    if (finish && !finish.kept) await rejectAttempt(run, attempt, finish);
    else if (finish) await admit(run, draftOf(run, attempt, finish.depth));
  }
  return null;
}

const draftOf = <O extends Outcome>(run: Run<O>, attempt: Attempt, depth: number): Draft => ({
  candidate: attempt.candidate,
  parents: [attempt.parent.index],
  hypothesis: attempt.hypothesis,
  iteration: run.iteration,
  depth,
  nextComponent: attempt.nextComponent,
});
