import { invalidInput } from "../errors.ts";
import { budgetOf } from "../ledger/budget-fields.ts";
import type { Proposer } from "../model/optimization.ts";
import { searchSettings } from "../optimization/campaign/search-options.ts";

export interface OptimizeOptions {
  readonly project?: string;
  readonly dataset?: string;
  readonly target?: string;
  readonly teacher?: string;
  readonly student?: readonly string[];
  readonly margin?: number;
  readonly prompt?: readonly string[];
  readonly code?: boolean;
  readonly judge?: readonly string[];
  readonly primary?: string;
  readonly objective?: readonly string[];
  readonly proposer: Proposer;
  readonly model?: string;
  readonly maxProposals?: number;
  readonly maxRollouts?: number;
  readonly repeats: number;
  readonly seed?: string;
  readonly allowRealSideEffects?: boolean;
  readonly maxCalls?: number;
  readonly maxLlmTokens?: number;
  readonly maxUsd?: number;
  readonly maxMinutes?: number;
  readonly note?: string;
  readonly idempotencyKey?: string;
  readonly dryRun?: boolean;
  readonly resume?: string;
  readonly stop?: boolean;
  /** False: the search alone. */
  readonly finish: boolean;
  readonly json?: boolean;
}

/** What neither a campaign nor a model switch can do without. */
export const lacking = () =>
  invalidInput(
    "--dataset, --judge, and --target or --teacher with --student are needed",
    "Example: evalwright optimize --dataset complaints --target agent.yaml --prompt system=support@production --judge helped --max-usd 2.",
  );

/** What campaigns and model switches are told alike. */
export function commonInput(options: OptimizeOptions) {
  const { dataset, judge: judges = [], objective: objectives = [] } = options;
  if (dataset === undefined || judges.length === 0) throw lacking();
  const budget = budgetOf(options);
  const { code = false, allowRealSideEffects = false, dryRun = false, prompt: prompts = [] } = options;
  const search = searchSettings({ ...options, objectives }, budget);
  const { primary, proposer, model, seed, note, idempotencyKey } = options;
  return {
    ...{ dataset, prompts, code, judges, primary, objectives, proposer, model, search, seed },
    ...{ allowRealSideEffects, note, budget, dryRun, idempotencyKey },
  };
}
