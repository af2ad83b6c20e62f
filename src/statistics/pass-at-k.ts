import { invalidInput } from "../errors.ts";

/** Runs of one task and how many of them passed. */
export interface TaskRuns {
  readonly runs: number;
  readonly passed: number;
}

/** C(a, k) / C(b, k) for a <= b. */
function chooseRatio(a: number, b: number, k: number): number {
  let ratio = 1;
  for (let i = 0; i < k; i += 1) ratio *= Math.max(0, a - i) / (b - i);
  return ratio;
}

function overTasks(tasks: readonly TaskRuns[], k: number, estimate: (task: TaskRuns) => number): number {
  const short = tasks.filter(({ runs }) => runs < k).length;
  if (short > 0 || !(k >= 1))
    throw invalidInput(
      `k = ${k} needs at least k runs of each task; ${short} of ${tasks.length} have fewer`,
      "Use a smaller k, at least 1, or more repeats.",
    );
  return tasks.reduce((sum, task) => sum + estimate(task), 0) / tasks.length;
}

/**
 * pass@k: the chance that at least one of k runs of a task passes, unbiased, averaged over tasks (Chen et al.,
 * arXiv 2107.03374). 1 <= k <= the runs of every task; throws `invalid_input` otherwise. NaN for no tasks.
 */
export const passAtK = (tasks: readonly TaskRuns[], k: number): number =>
  overTasks(tasks, k, ({ runs, passed }) => 1 - chooseRatio(runs - passed, runs, k));

/**
 * pass^k: the chance that all of k runs of a task pass, unbiased, averaged over tasks: reliability, not luck (Yao et
 * al., tau-bench, arXiv 2406.12045). 1 <= k <= the runs of every task; throws `invalid_input` otherwise. NaN for no tasks.
 */
export const passHatK = (tasks: readonly TaskRuns[], k: number): number =>
  overTasks(tasks, k, ({ runs, passed }) => chooseRatio(passed, runs, k));
