import { setTimeout as sleep } from "node:timers/promises";
import { renderAnswer } from "../app/call-tool.ts";
import type { Context } from "../context.ts";
import { budgetOf } from "../ledger/budget-fields.ts";
import type { Answer } from "../model/answer.ts";
import { applyProposal } from "../optimization/campaign/apply.ts";
import { watchAnswer } from "../optimization/watch/show.ts";
import { type Watched, watchProposal } from "../optimization/watch/watch.ts";
import { printAnswer } from "./print.ts";
import { measure } from "./with-app.ts";

export interface WatchOptions {
  readonly project?: string;
  readonly once?: boolean;
  readonly every: number;
  readonly judge?: readonly string[];
  readonly sample: number;
  readonly days: number;
  readonly maxCalls?: number;
  readonly maxUsd?: number;
  readonly autoRollback?: boolean;
  readonly json?: boolean;
}

/** Seconds that judges are waited for in one look. */
const PATIENCE_S = 3_600;
const MINUTE_MS = 60_000;

const FINE = 0;
const WORSE = 1;
const CANNOT = 2;

const codeOf = (watched: Watched): number => {
  if (watched.state === "judging") return CANNOT;
  const { verdict } = watched.result;
  return verdict === "worse" ? WORSE : verdict === "cannot_be_measured" ? CANNOT : FINE;
};

async function rollBack(context: Context, proposal: string, sentence: string): Promise<Answer> {
  const reason = `worse live: ${sentence}`.slice(0, 500);
  return applyProposal(context, { proposal, action: "rollback", alias: "production", reason, dryRun: false });
}

function print(answer: Answer, { json }: WatchOptions): void {
  const value = renderAnswer(answer);
  if (json) console.log(JSON.stringify(value));
  else printAnswer(value);
}

async function lookOnce(context: Context, proposal: string, options: WatchOptions): Promise<number> {
  const { judge: judges, sample, days, autoRollback } = options;
  const budget = budgetOf(options);
  const watched = await watchProposal(context, {
    proposal,
    judges,
    sample,
    days,
    budget,
    patience: PATIENCE_S,
  });
  if (watched.state === "judging")
    print(
      {
        data: {
          proposal,
          state: "judging",
          waits: "an assistant is to answer get_tasks",
          jobId: watched.jobId,
        },
      },
      options,
    );
  else {
    const { result } = watched;
    print(watchAnswer(result), options);
    if (autoRollback && result.verdict === "worse")
      print(await rollBack(context, proposal, result.sentence), options);
  }
  return codeOf(watched);
}

/**
 * `evalwright watch`: live traffic before and after a proposal was applied, once or until it is worse.
 * @returns 0 fine, 1 worse, 2 cannot be measured, which is what any error comes to.
 */
export async function watchCommand(proposal: string, options: WatchOptions): Promise<number> {
  return measure(options, async (context) => {
    for (;;) {
      const code = await lookOnce(context, proposal, options);
      if (options.once || code === WORSE) return code;
      await sleep(options.every * MINUTE_MS);
    }
  });
}
