import type { Context } from "../context.ts";
import { type AppError, invalidInput } from "../errors.ts";
import { EvaluationSummary } from "../model/estimate.ts";
import type { Evaluation, TargetRef } from "../model/evaluation.ts";
import type { Budget } from "../model/ledger.ts";
import type { EvaluationJobInput } from "./job-input.ts";
import { llmsOf, openLlm } from "./llms.ts";

type Asking = Pick<Context, "store" | "project">;

/** Dollars bind only what has a price; calls and tokens bind what has none. */
const isDollarsAlone = ({ usd, calls, tokens }: Budget): boolean =>
  usd !== undefined && calls === undefined && tokens === undefined;

/** Whose budget is in dollars alone; null where none is. */
async function dollarsAlone({ store, project }: Asking, budget: Budget | undefined) {
  if (budget !== undefined && isDollarsAlone(budget)) return "job" as const;
  for (const scope of ["project", "day"] as const)
    if (isDollarsAlone((await store.records.ledger.report(project.id, { scope })).budget)) return scope;
  return null;
}

const ONE_WORD = { messages: [{ role: "user" as const, parts: [{ type: "text" as const, text: "x" }] }] };

const sameProgram = (a: TargetRef, b: TargetRef): boolean =>
  a.name === b.name &&
  a.configHash === b.configHash &&
  a.treeHash === b.treeHash &&
  a.environmentHash === b.environmentHash;

/** Whether runs of an evaluation ended well and did not say what they cost; null where none has ended well. */
async function isSilent({ store, project }: Asking, { id, summary }: Evaluation): Promise<boolean | null> {
  const { data } = EvaluationSummary.safeParse(summary);
  if (data) return (data.runs["ok"] ?? 0) > 0 ? data.costUsd === null : null;
  // One that was stopped for this very reason has rows and no sum.
  const rows = { projectId: project.id, evaluationId: id, includeHoldout: true, limit: 20 };
  const ended = (await store.records.evaluations.readRows(rows)).items.filter(
    ({ run }) => run.status === "ok",
  );
  return ended.length > 0 ? ended.every(({ run }) => run.costUsd === null) : null;
}

/** The newest evaluation of the very same target, if its runs did not say what they cost. */
async function silentBefore(context: Asking, { setup }: EvaluationJobInput): Promise<string | null> {
  const projectId = context.project.id;
  const { items } = await context.store.records.evaluations.list({ projectId, limit: 50 });
  for (const earlier of items) {
    if (earlier.setup.reuse !== null || !sameProgram(earlier.setup.target, setup.target)) continue;
    const silent = await isSilent(context, earlier);
    if (silent !== null) return silent ? earlier.id : null;
  }
  return null;
}

/** What of an evaluation is known to have no known price, in our words. */
async function unpricedParts(context: Asking, input: EvaluationJobInput): Promise<string[]> {
  const { setup, source } = input;
  const llmOf = await llmsOf(setup.judges);
  const judges = setup.judges.filter(
    ({ kind, model }) => kind === "llm" && model !== null && llmOf(model).estimate(ONE_WORD).usd === null,
  );
  const parts = judges.length === 0 ? [] : [`the model of ${judges.map(({ name }) => name).join(", ")}`];
  if (source.kind !== "file") return parts;
  if (source.model !== undefined) {
    const unknown = (await openLlm(source.model)).estimate(ONE_WORD).usd === null;
    return unknown ? [...parts, "the target's model"] : parts;
  }
  const silent = await silentBefore(context, input);
  return silent === null ? parts : [...parts, `a run of the target, which said none in ${silent},`];
}

const WAYS_OUT = {
  job: "Give maxCalls (--max-calls) or maxLlmTokens (--max-llm-tokens) too",
  project: "Limit calls too (a person does: `evalwright budget set project --max-calls N`)",
  day: "Limit calls too (a person does: `evalwright budget set day --max-calls N`)",
} as const;

/**
 * A budget in dollars alone binds nothing that has no known price. A program that was never run is not known to have none:
 * its first run says.
 * @returns `invalid_input` with the two ways out, to be thrown before anything is spent; null where dollars bind.
 */
export async function priceProblem(
  context: Asking,
  input: EvaluationJobInput,
  budget: Budget | undefined,
): Promise<AppError | null> {
  const scope = await dollarsAlone(context, budget);
  if (scope === null) return null;
  const parts = await unpricedParts(context, input);
  if (parts.length === 0) return null;
  return invalidInput(
    `${scope === "job" ? "maxUsd alone" : `The ${scope}'s budget in dollars alone`} cannot hold: the price of ${parts.join(" and of ")} is unknown`,
    `${WAYS_OUT[scope]}, or let the price be known: usage.costUsd in the agent's answer, meter in the target file, prices of the endpoint in models.yaml.`,
  );
}
