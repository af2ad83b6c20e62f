import { parseArguments } from "../arguments.ts";
import { invalidInput } from "../errors.ts";
import { type BudgetArguments, budgetOf } from "../ledger/budget-fields.ts";
import { type Proposer, SearchChoice } from "../model/optimization.ts";
import { searchSettings } from "../optimization/campaign/search-options.ts";

export interface OptimizeOptions extends BudgetArguments {
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
  readonly frontier?: SearchChoice["frontier"];
  readonly patience?: number;
  readonly targetScore?: number;
  readonly minibatch?: number;
  readonly watchJudge?: readonly string[];
  readonly repeats: number;
  readonly seed?: string;
  readonly allowRealSideEffects?: boolean;
  readonly note?: string;
  readonly idempotencyKey?: string;
  readonly dryRun?: boolean;
  readonly resume?: string;
  readonly retryFailed?: boolean;
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

function choiceOf({ frontier, patience, targetScore, minibatch }: OptimizeOptions): SearchChoice {
  const choice = { frontier, patience, targetScore, minibatch };
  const shape = ["--frontier", "--patience", "--target-score (above 0 to 1)", "--minibatch (1 to 100)"];
  return parseArguments(SearchChoice, shape, choice, "The search");
}

/** What campaigns and model switches are told alike. */
export function commonInput(options: OptimizeOptions) {
  const { dataset, judge: judges = [], objective: objectives = [] } = options;
  if (dataset === undefined || judges.length === 0) throw lacking();
  const budget = budgetOf(options);
  const { code = false, allowRealSideEffects = false, dryRun = false, prompt: prompts = [] } = options;
  const search = searchSettings({ ...options, objectives, search: choiceOf(options) }, budget);
  const { primary, proposer, model, seed, note, idempotencyKey, watchJudge: watchJudges = [] } = options;
  return {
    ...{ dataset, prompts, code, judges, primary, objectives, proposer, model, search, seed, watchJudges },
    ...{ allowRealSideEffects, note, budget, dryRun, idempotencyKey },
  };
}
