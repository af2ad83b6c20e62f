import type { Context } from "../context.ts";
import { readingSettings } from "../judges/agent/settings.ts";
import { notApplicableVerdict } from "../judges/applies.ts";
import { callsOf, questionsFor } from "../judges/model/questions-for.ts";
import { standingLimits, standingTable } from "../ledger/standing-budgets.ts";
import type { Answer } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import { ceilingsOf } from "./ceilings.ts";
import type { JudgingJobInput } from "./judging-input.ts";
import { llmsOf } from "./llms.ts";
import { recordedItem } from "./recorded-item.ts";

/** Items that a dry run reads to count their questions; the rest is taken to be like them. */
const MOST_READ = 20;

const callsFor = (judge: ResolvedJudge, item: JudgedItem): number =>
  judge.kind === "code" || notApplicableVerdict(judge, item.expectations) ? 0 : mostCallsOf(judge, item);

/** A judge that reads by tools may go on to its ceiling. */
function mostCallsOf(judge: ResolvedJudge, item: JudgedItem): number {
  const { read, maxSteps } = readingSettings(judge);
  const plan = questionsFor(judge, item);
  return read === "tools" || (read === "tools_if_long" && "chain" in plan) ? maxSteps : callsOf(plan);
}

/** For each judge the questions about each of the first items. */
async function counted(context: Pick<Context, "store" | "project">, plan: JudgingJobInput) {
  const calls = new Map(plan.judges.map((judge) => [judge.name, { sum: 0, most: 0 }]));
  let read = 0;
  for (const id of plan.ids.slice(0, MOST_READ)) {
    const where = plan.level === "sessions" ? { sessionId: id } : { traceId: id };
    const found = await recordedItem(context.store, context.project.id, where);
    if (!found) continue;
    read += 1;
    for (const judge of plan.judges) {
      const known = calls.get(judge.name);
      const asked = callsFor(judge, found.item);
      if (known) calls.set(judge.name, { sum: known.sum + asked, most: Math.max(known.most, asked) });
    }
  }
  return { calls, read };
}

const ANSWERED_BY = { code: "code", llm: "a model", assistant: "you, as tasks" } as const;

/** The dry run of run_judges: how many questions there will be, without asking any. */
export async function planAnswer(
  context: Pick<Context, "store" | "project">,
  plan: JudgingJobInput,
): Promise<Answer> {
  const { ids, matching, judges, level } = plan;
  const { calls, read } = await counted(context, plan);
  const isWhole = read === ids.length;
  const standing = await standingLimits(context.store.records.ledger, context.project.id);
  return {
    data: {
      dryRun: true,
      [level]: ids.length,
      ...(matching === null ? {} : { matching }),
      judges: {
        columns: ["judge", "answered by", isWhole ? "calls at most" : "calls, about", "of one item at most"],
        rows: judges.map((judge): Json[] => {
          const { sum, most } = calls.get(judge.name) ?? { sum: 0, most: 0 };
          const all = isWhole || read === 0 ? sum : Math.round((sum / read) * ids.length);
          return [judge.name, judge.model ?? ANSWERED_BY[judge.kind], all, most];
        }),
      },
      ...ceilingsOf(judges, await llmsOf(judges)),
      ...(standing.length > 0 ? { budgetsOfTheProject: standingTable(standing) } : {}),
      ...(isWhole ? {} : { countedFrom: `${read} of ${ids.length} ${level}` }),
    },
  };
}
