import { z } from "zod";
import type { EvaluationSummary } from "../model/estimate.ts";
import type { Task } from "../model/ledger.ts";
import type { LedgerStore } from "../store/ledger-store.ts";

const Labelled = z.object({ label: z.string() });
const MOST = 5_000;

const labelOf = (task: Task | undefined): string | null =>
  Labelled.safeParse(task?.answer).data?.label.toLowerCase() ?? null;

/**
 * What the answers to known and repeated items say of the assistant that answered a job's tasks; null when it answered
 * none.
 */
export async function answererOf(
  ledger: LedgerStore,
  projectId: string,
  jobId: string,
): Promise<EvaluationSummary["answerer"]> {
  const { items } = await ledger.listTasks({ projectId, jobId, state: "answered", limit: MOST });
  if (items.length === 0) return null;
  const byId = new Map(items.map((task) => [task.id, task]));
  const known = items.filter(({ check }) => check?.known !== null && check?.known !== undefined);
  const repeated = items.filter(({ check }) => check?.repeats !== null && check?.repeats !== undefined);
  return {
    known: known.length,
    knownRight: known.filter((task) => labelOf(task) === task.check?.known?.toLowerCase()).length,
    repeated: repeated.length,
    repeatedSame: repeated.filter((task) => labelOf(task) === labelOf(byId.get(task.check?.repeats ?? "")))
      .length,
  };
}
