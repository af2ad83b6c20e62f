import type { ChatMessage, TargetRun, TargetUsage } from "../model/target-run.ts";
import { addMetered } from "./metered-turns.ts";
import type { OpenTarget, RunOptions, TargetRequest } from "./serve.ts";
import { newTrace } from "./traceparent.ts";

export interface ConversationRun {
  /** The conversation as one run: its last output, all tool calls, sums; the status and trace of its last turn. */
  readonly run: TargetRun;
  /** One for each turn that was played. */
  readonly turns: readonly TargetRun[];
  /** All messages, from the history that it began with to the last answer. */
  readonly messages: readonly ChatMessage[];
  /** Turns after the one that failed. */
  readonly notPlayed: number;
}

/**
 * Plays what the user says turn by turn: each run gets the messages so far and the user's new one, the same session,
 * a trace of its own, and the same worker. Ends at the first turn that is not `ok`.
 * @param turns what the user says, at least one.
 * @throws what `OpenTarget.run` throws.
 */
export async function runTurns(
  target: OpenTarget,
  request: Omit<TargetRequest, "trace">,
  turns: readonly [string, ...string[]],
  options: RunOptions,
): Promise<ConversationRun> {
  const seat = await target.begin(options);
  const played: TargetRun[] = [];
  let messages: ChatMessage[] = [...request.messages];
  try {
    for (const content of turns) {
      messages = [...messages, { role: "user", content }];
      const run = await seat.run({ ...request, messages, trace: newTrace() });
      played.push(run);
      if (run.status !== "ok") break;
      messages = [...messages, ...answerOf(run)];
    }
  } finally {
    seat.release();
  }
  const notPlayed = turns.length - played.length;
  return { run: asOne(played, turns.length), turns: played, messages, notPlayed };
}

/** What the next turn finds of an answer; instructions are the agent's own and it adds them again. */
function answerOf({ messages, output }: TargetRun): ChatMessage[] {
  const said = messages.filter(({ role }) => role !== "system" && role !== "developer");
  if (said.length > 0) return said;
  return [{ role: "assistant", content: typeof output === "string" ? output : JSON.stringify(output) }];
}

function asOne(played: readonly TargetRun[], planned: number): TargetRun {
  const last = played.at(-1);
  if (!last) throw new Error("a conversation has at least one turn");
  const sum = (of: (run: TargetRun) => number): number => played.reduce((total, run) => total + of(run), 0);
  return {
    ...last,
    messages: played.flatMap((run) => run.messages),
    toolCalls: played.flatMap((run) => run.toolCalls),
    usage: sumUsage(played),
    metered: addMetered(played),
    reason: last.reason === null ? null : `turn ${played.length} of ${planned}: ${last.reason}`,
    startedUs: played[0]?.startedUs ?? last.startedUs,
    durationMs: sum((run) => run.durationMs),
    attempts: sum((run) => run.attempts),
    ignored: {
      lines: sum((run) => run.ignored.lines),
      fields: [...new Set(played.flatMap((run) => run.ignored.fields))],
    },
  };
}

/** A sum is known only when each of its parts is. */
function sumUsage(played: readonly TargetRun[]): TargetUsage | null {
  const sum = (of: (usage: TargetUsage) => number | null): number | null =>
    played.reduce<number | null>((total, { usage }) => {
      const part = usage && of(usage);
      return total === null || part === null ? null : total + part;
    }, 0);
  const usage = {
    inputTokens: sum((part) => part.inputTokens),
    outputTokens: sum((part) => part.outputTokens),
    costUsd: sum((part) => part.costUsd),
  };
  return Object.values(usage).every((part) => part === null) ? null : usage;
}
