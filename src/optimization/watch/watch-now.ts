import type { Context } from "../../context.ts";
import type { Answer } from "../../model/answer.ts";
import { watchAnswer } from "./show.ts";
import { watchProposal } from "./watch.ts";

/** Traces, and sessions, of each side that judges are asked about, and days of traffic before, where nobody says otherwise. */
export const SAMPLE = 50;
export const DAYS = 14;
const PATIENCE_S = 15;

/** apply_proposal with action watch: one look at live traffic. */
export async function watchNow(
  context: Context,
  { proposal, judges }: { readonly proposal: string; readonly judges?: readonly string[] | undefined },
): Promise<Answer> {
  const options = { proposal, judges, sample: SAMPLE, days: DAYS, patience: PATIENCE_S };
  const watched = await watchProposal(context, options);
  if (watched.state === "looked") return watchAnswer(watched.result);
  const { jobId } = watched;
  return {
    data: { proposal, state: "judging", jobId },
    next: [
      {
        tool: "get_job",
        arguments: { jobId, waitSeconds: 20 },
        why: "a sample of both sides is being judged",
      },
      { tool: "get_tasks", arguments: { jobId }, why: "if the verdicts wait for you" },
      { tool: "apply_proposal", arguments: { proposal, action: "watch" }, why: "when it is judged" },
    ],
  };
}
