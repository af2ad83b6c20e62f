import { hashOf } from "../canonical.ts";
import type { Task } from "../model/ledger.ts";

/** The order in which tasks were made tells which one repeats which: another one, the same at each look. */
export const mixed = (tasks: readonly Task[]): readonly Task[] =>
  tasks
    .map((task) => ({ task, place: hashOf(["place", task.id]) }))
    .sort((a, b) => (a.place < b.place ? -1 : 1))
    .map(({ task }) => task);

/** The word that a question fences its texts with: it differs by their order. */
const FENCE_CODE = /\b[0-9a-f]{8}\b/g;

/** Equal for an item that is repeated, and for the two orders of a pair: these hold the same characters. */
const familyOf = ({ rubric, item }: Task): string =>
  hashOf([rubric, [...item.replaceAll(FENCE_CODE, "")].sort().join("")]);

/** The tasks with relatives moved apart, as far as the others between them suffice. */
export function spread(tasks: readonly Task[]): readonly Task[] {
  const rows = tasks.map((task) => ({ task, family: familyOf(task) }));
  const clashes = (): number =>
    rows.filter(({ family }, i) => i > 0 && family === rows[i - 1]?.family).length;
  const swap = (i: number, j: number): void => {
    const [a, b] = [rows[i], rows[j]];
    if (!a || !b) return;
    rows[i] = b;
    rows[j] = a;
  };
  for (let i = 1; i < rows.length; i += 1) {
    if (rows[i]?.family !== rows[i - 1]?.family) continue;
    const before = clashes();
    // The farthest place first.
    for (const j of rows.map((_, at) => at).sort((a, b) => Math.abs(b - i) - Math.abs(a - i))) {
      swap(i, j);
      if (clashes() < before) break;
      swap(i, j);
    }
  }
  return rows.map(({ task }) => task);
}
