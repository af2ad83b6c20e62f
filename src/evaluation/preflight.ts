import type { Context } from "../context.ts";
import { readAllExamples } from "../datasets/merge.ts";
import { readingSettings } from "../judges/agent/settings.ts";
import { MOST_PARTS } from "../judges/model/chain.ts";
import { notHeld, standingLimits, standingTable } from "../ledger/standing-budgets.ts";
import type { Answer } from "../model/answer.ts";
import { EvaluationSummary } from "../model/estimate.ts";
import type { Example } from "../model/example.ts";
import type { Json } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { Budget } from "../model/ledger.ts";
import { alphaOfLook } from "../statistics/multiplicity.ts";
import { mcnemarDetectableDifference } from "../statistics/power.ts";
import { type EvaluationJobInput, sourceNotes } from "./job-input.ts";
import { llmsOf } from "./llms.ts";
import { unjudgedBy, unjudgedNotes } from "./unjudged-examples.ts";
import { priceProblem } from "./unpriced.ts";
import { rounded } from "./words.ts";

/** What a judge's frame, rubric and answer take beside the item, in characters. */
const FRAME_CHARS = 3_000;
const ASSUMED_ANSWER_CHARS = 1_200;
/** Of pairs that two variants of an agent usually judge differently: for the size of difference that n can show. */
const ASSUMED_DISCORDANCE = 0.2;
/** Two-sided level, of which the first comparison with a baseline gets its share. */
const ALPHA = 0.05;
/** A model call of a judge, in seconds, when nothing is known. */
const ASSUMED_JUDGE_SECONDS = 3;

const charsOf = (example: Example): number =>
  JSON.stringify([example.inputs, example.messages, example.turns, example.expectations]).length;

/** What of a conversation one question shows, in characters: see `chainFor`. */
const PART_CHARS = { llm: 40_000, assistant: 3_000 } as const;

function callsOf(judge: ResolvedJudge, rows: number, chars: number): number {
  if (judge.kind === "code") return 0;
  const { read, maxSteps } = readingSettings(judge);
  if (read === "tools") return rows * maxSteps;
  // A pair is asked about in both orders.
  if (judge.level === "pair") return rows * 2;
  if (judge.level !== "session" && judge.level !== "turn") return rows;
  const by = judge.kind === "assistant" ? "assistant" : "llm";
  return rows * Math.min(MOST_PARTS[by], Math.ceil(chars / PART_CHARS[by]));
}

interface JudgeEstimate {
  readonly judge: ResolvedJudge;
  readonly calls: number;
  readonly tokens: number;
  readonly usd: number | null;
}

async function estimateJudges(judges: readonly ResolvedJudge[], examples: readonly Example[], rows: number) {
  const llmOf = await llmsOf(judges);
  const chars = examples.reduce((sum, example) => sum + charsOf(example), 0) / Math.max(1, examples.length);
  const text = "x".repeat(Math.min(60_000, Math.round(FRAME_CHARS + chars + ASSUMED_ANSWER_CHARS)));
  return judges.map((judge): JudgeEstimate => {
    const { notApplicable, lacking } = unjudgedBy(judge, examples);
    const asked = 1 - (notApplicable + lacking.length) / Math.max(1, examples.length);
    const calls = callsOf(judge, Math.round(rows * asked), chars + ASSUMED_ANSWER_CHARS);
    if (judge.kind !== "llm" || judge.model === null) return { judge, calls, tokens: 0, usd: 0 };
    const one = llmOf(judge.model).estimate({
      messages: [{ role: "user", parts: [{ type: "text", text }] }],
    });
    return { judge, calls, tokens: one.tokens * calls, usd: one.usd === null ? null : one.usd * calls };
  });
}

/** Mean milliseconds of a run in the newest evaluation of the same target; null when there is none. */
async function lastDuration(context: Pick<Context, "store" | "project">, input: EvaluationJobInput) {
  const { items } = await context.store.records.evaluations.list({
    projectId: context.project.id,
    limit: 20,
  });
  for (const { setup, summary } of items) {
    const parsed = EvaluationSummary.safeParse(summary);
    if (setup.target.name === input.setup.target.name && parsed.data?.durationMs)
      return parsed.data.durationMs.mean;
  }
  return null;
}

/** What an evaluation would cost and could show, without running anything. */
export async function preflight(
  context: Pick<Context, "store" | "project">,
  input: EvaluationJobInput,
  budget: Budget | undefined,
): Promise<Answer> {
  const { setup, source } = input;
  const { dataset, splits, judges, repeats } = setup;
  const examples = await readAllExamples(
    context.store,
    context.project.id,
    dataset.name,
    dataset.version,
    splits,
  );
  const rows = examples.length * repeats;
  const runs = source.kind === "file" ? rows : 0;
  const ignorable = setup.target.kind !== "prompt" && Object.keys(setup.prompts).length > 0;
  const estimates = await estimateJudges(judges, examples, rows);
  const total = (of: (estimate: JudgeEstimate) => number) => estimates.reduce((sum, one) => sum + of(one), 0);
  const unpriced = estimates.filter(({ usd }) => usd === null).map(({ judge }) => judge.name);
  const modelCalls = total(({ judge, calls }) => (judge.kind === "llm" ? calls : 0));
  const tasks = total(({ judge, calls }) => (judge.kind === "assistant" ? calls : 0));
  const judgeUsd = unpriced.length > 0 ? null : total(({ usd }) => usd ?? 0);
  const standing = await standingLimits(context.store.records.ledger, context.project.id);
  const planned = { calls: runs + modelCalls, tokens: total(({ tokens }) => tokens), usd: judgeUsd };
  const unknown = await priceProblem(context, input, budget);
  const notes = [
    ...sourceNotes(source),
    ...(ignorable ? ["that the agent uses the prompts that it is given is not checked: see its traces"] : []),
    ...(unknown ? [`it would be refused: ${unknown.message}. ${unknown.hint}`] : []),
    ...notHeld(standing, planned),
  ];
  const unjudged = unjudgedNotes(judges, examples);
  const duration = runs > 0 ? await lastDuration(context, input) : 0;
  const groups = new Set(examples.map(({ group }) => group)).size;
  const shows = mcnemarDetectableDifference(groups, ASSUMED_DISCORDANCE, {
    alpha: alphaOfLook(ALPHA, 1),
  });
  return {
    data: {
      dryRun: true,
      dataset: `${dataset.name}@${dataset.version}`,
      splits,
      examples: examples.length,
      independent: groups,
      repeats,
      runsOfTheAgent: runs,
      ...(unjudged.length > 0 ? { notJudged: unjudged } : {}),
      judges: {
        columns: ["judge", "answered by", "calls", "tokens", "usd"],
        rows: estimates.map(({ judge, calls, tokens, usd }): Json[] => [
          judge.name,
          judge.kind === "assistant" ? "you, as tasks" : (judge.model ?? "code"),
          calls,
          tokens,
          usd === null ? "unknown" : rounded(usd),
        ]),
      },
      modelCalls,
      tasksForYou: tasks,
      judgeTokens: planned.tokens,
      judgeUsd:
        judgeUsd === null ? `unknown (no price for the model of ${unpriced.join(", ")})` : rounded(judgeUsd),
      agentUsd: runs > 0 ? "as the agent, the meter of its file or its traces say" : 0,
      minutes:
        duration === null
          ? "unknown: the agent has not been run before"
          : rounded((runs * duration) / 60_000 / 4 + (modelCalls * ASSUMED_JUDGE_SECONDS) / 60 / 8),
      smallestDifference:
        shows === null
          ? `${groups} independent examples cannot show any difference`
          : `about ${rounded(shows)} of the pass rate, 4 times in 5 (when no more examples flip than that needs, or ${ASSUMED_DISCORDANCE * 100} %)`,
      ...(notes.length > 0 ? { notes } : {}),
      ...(budget ? { budget: JSON.parse(JSON.stringify(budget)) } : {}),
      ...(standing.length > 0 ? { budgetsOfTheProject: standingTable(standing) } : {}),
    },
    untrusted: { target: setup.target.name },
  };
}
