import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Conversation, readConversation } from "../src/census/conversation.ts";
import type { Signal } from "../src/census/signal.ts";
import { signals } from "../src/census/signals/index.ts";
import { openPaths } from "../test/reading/imported.ts";
import { type FailedRun, otlpOf, spanIdOfStep, TERMINAL, traceIdOfRun } from "../test/who-and-when.ts";

const UNFENCED = { costUsd: null, durationMs: null, steps: null };

const fires = ({ find, least }: Signal, conversation: Conversation): boolean =>
  find(conversation, UNFENCED).length >= least;

/** The row that completes the first signal: only those that fire on the whole run count, since a beginning lacks its answer. */
function firstFlaggedRow(conversation: Conversation) {
  const own = signals.filter((signal) => !signal.sessionsOnly && fires(signal, conversation));
  return conversation.rows.find((_, i) => {
    const beginning = { ...conversation, rows: conversation.rows.slice(0, i + 1) };
    return own.some((signal) => fires(signal, beginning));
  });
}

/**
 * Of each run the step that a deterministic signal of find_issues flags first; null where none does. A failed run of code
 * is laid to the step that wrote it.
 */
export async function flaggedSteps(runs: readonly FailedRun[]): Promise<readonly (number | null)[]> {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-flagged-"));
  const path = join(folder, "runs.otlp.jsonl");
  writeFileSync(path, runs.map(otlpOf).join("\n"));
  const opened = await openPaths([path]);
  try {
    const flagged: (number | null)[] = [];
    for (const [i, { history }] of runs.entries()) {
      const conversation = await readConversation(opened.traces, "shop", "traces", traceIdOfRun(i));
      if (!conversation) throw new Error("A run was not imported");
      const row = firstFlaggedRow(conversation);
      const step = history.findIndex((_, at) => spanIdOfStep(i, at) === row?.spanId);
      flagged.push(step < 0 ? null : history[step]?.name === TERMINAL ? Math.max(0, step - 1) : step);
    }
    return flagged;
  } finally {
    await opened.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
