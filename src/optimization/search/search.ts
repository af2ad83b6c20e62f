import { hashOf } from "../../canonical.ts";
import { AppError } from "../../errors.ts";
import { Answers, HeldSignal } from "./answers.ts";
import { bestOf, correctedMean, shortestNearBest } from "./choose.ts";
import type {
  Candidate,
  Outcome,
  SearchDependencies,
  SearchEnd,
  SearchOptions,
  SearchResult,
  StopReason,
} from "./contract.ts";
import { merge } from "./merge.ts";
import { Minibatches } from "./minibatch.ts";
import { Tried } from "./novelty.ts";
import { Pool } from "./pool.ts";
import { EPSILON, emit, progressOf, type Run, refusal } from "./run.ts";
import { type Settings, settingsOf } from "./settings.ts";
import { step } from "./step.ts";
import { promise, verifyBest } from "./verify.ts";

function runOf<O extends Outcome>(
  seed: Candidate,
  settings: Settings,
  dependencies: SearchDependencies<O>,
): Run<O> {
  const answers = new Answers<O>(dependencies.evaluate);
  return {
    settings,
    dependencies,
    answers,
    pool: new Pool(settings, answers),
    minibatches: new Minibatches(settings, answers),
    tried: new Tried(answers, seed),
    rejected: [],
    iteration: 0,
    proposals: 0,
    merges: 0,
    failures: 0,
    sinceImprovement: 0,
    best: Number.NaN,
    mergeDue: false,
  };
}

/** The seed on the whole validation, and some of it once more where noise is looked for. */
async function evaluateSeed<O extends Outcome>(run: Run<O>, seed: Candidate): Promise<StopReason | null> {
  const { settings, pool, answers } = run;
  const subject = { key: run.tried.seedKey, candidate: seed };
  const probes = settings.repeats > 1 ? 0 : settings.noiseProbe;
  const again = settings.validation.slice(0, probes).map((exampleId) => ({ exampleId, repeat: 1 }));
  const cases = [...pool.casesOf(0, settings.validation.length), ...again];
  const stop = await refusal(run, "seed", { rollouts: cases.length, proposals: 0 });
  if (stop) return stop;
  await answers.obtain([{ subject, cases }], "seed");
  const depth = settings.validation.length;
  const member = pool.add({
    candidate: seed,
    parents: [],
    hypothesis: null,
    iteration: 0,
    depth,
    nextComponent: 0,
  });
  if (Number.isNaN(member.estimate))
    throw new AppError("unavailable", "No validation example of the seed could be scored", {
      hint: "Mend the judge or the target, then start again.",
    });
  run.best = member.estimate;
  await emit(run, { kind: "seed", entry: pool.entry(member), noise: answers.noise });
  return null;
}

/** Why the search is over before its next step; null when it is not. */
async function ending<O extends Outcome>(run: Run<O>): Promise<StopReason | null> {
  const { settings, failures } = run;
  const { candidate } = run.pool.members[0] ?? { candidate: null };
  if (!candidate || (Object.keys(candidate.components).length === 0 && candidate.code === null))
    return "nothing_to_do";
  if (failures >= settings.maxConsecutiveFailures) return "consecutive_failures";
  const goal = Math.min(1, settings.targetScore) - EPSILON;
  if (promise(run) >= goal) {
    const stop = await verifyBest(run);
    if (stop) return stop;
    if (run.best >= goal) return run.best >= 1 - EPSILON ? "all_perfect" : "target_reached";
  }
  return run.sinceImprovement >= settings.patience ? "no_improvement" : null;
}

/** A merge when the pool has grown and there is one to try, else a step of proposals. */
async function advance<O extends Outcome>(run: Run<O>): Promise<StopReason | null> {
  run.iteration += 1;
  if (run.mergeDue) {
    run.mergeDue = false;
    const merged = await merge(run);
    if (merged) return merged === "tried" ? null : merged;
  }
  return step(run);
}

async function loop<O extends Outcome>(run: Run<O>, seed: Candidate): Promise<StopReason> {
  let stop = await evaluateSeed(run, seed);
  while (!stop) stop = (await ending(run)) ?? (await advance(run));
  if (run.pool.members.length > 0) await verifyBest(run);
  return stop;
}

function resultOf<O extends Outcome>(run: Run<O>, stop: StopReason): SearchResult {
  const { pool, settings, answers } = run;
  const best = bestOf(pool.members);
  const chosen = shortestNearBest(pool.members);
  const result = {
    pool: pool.members.map((member) => pool.entry(member)),
    rejected: run.rejected,
    stop,
    rollouts: answers.rollouts,
    proposals: run.proposals,
    best: best?.index ?? 0,
    chosen: chosen?.index ?? 0,
    correctedMean: chosen && correctedMean(settings.seed, pool.members, chosen),
    noise: answers.noise,
  };
  const hashed = {
    ...result,
    pool: result.pool.map((entry) => ({
      ...entry,
      candidate: { components: entry.candidate.components, code: entry.candidate.code },
      scores: [...entry.scores],
    })),
    rejected: result.rejected.map((edit) => ({ ...edit })),
  };
  return { ...result, hash: hashOf(hashed) };
}

/**
 * Looks for a better candidate: a reflective evolutionary search in the manner of GEPA (arXiv 2507.19457) with
 * validation by racing. Deterministic given the answers: run again with the same ones it asks the same questions in the
 * same order and ends with the same hash; each question is asked once. Nothing is begun that could go over the budget.
 *
 * Throws `invalid_input` for options out of range and for scores outside 0 to 1, and `unavailable` when the seed gets
 * no score at all. Errors of the dependencies pass through.
 */
export async function search<O extends Outcome>(
  seed: Candidate,
  options: SearchOptions,
  dependencies: SearchDependencies<O>,
): Promise<SearchEnd> {
  const run = runOf(seed, settingsOf(options), dependencies);
  try {
    const stop = await loop(run, seed);
    const result = resultOf(run, stop);
    await dependencies.onEvent({ kind: "stopped", stop, progress: progressOf(run) });
    return result;
  } catch (error) {
    if (error instanceof HeldSignal) return { held: error.held };
    throw error;
  }
}
