import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { type BudgetArguments, budgetOf } from "../ledger/budget-fields.ts";
import { STANDING, type Standing, standingLimits, standingTable } from "../ledger/standing-budgets.ts";
import type { Json } from "../model/json.ts";
import type { SpendReport } from "../store/ledger-store.ts";
import { printAnswer } from "./print.ts";
import { withApp } from "./with-app.ts";

export interface BudgetOptions extends BudgetArguments {
  readonly project?: string;
  readonly json?: boolean;
}

function scopeOf(text: string | undefined): Standing {
  const scope = STANDING.find((one) => one === text);
  if (scope === undefined)
    throw invalidInput(
      text === undefined ? "Whose budget is missing" : `"${text.slice(0, 40)}" has no budget`,
      "project: all that the project ever uses; day: each day (UTC). A job's own budget is set where it is started.",
    );
  return scope;
}

const spentRow = (scope: Standing, { spent, minutes }: SpendReport): Json[] => [
  scope === "day" ? "day (today, UTC)" : scope,
  spent.calls,
  spent.tokens,
  Math.round(spent.usd * 10_000) / 10_000,
  spent.unpriced,
  Math.round((minutes ?? 0) * 10) / 10,
];

async function show({ store, project }: Context, json: boolean | undefined): Promise<void> {
  const { ledger } = store.records;
  const reports = await Promise.all(
    STANDING.map(async (scope) => [scope, await ledger.report(project.id, { scope })] as const),
  );
  const limits = await standingLimits(ledger, project.id);
  if (json) {
    console.log(JSON.stringify({ project: project.id, ...Object.fromEntries(reports) }));
    return;
  }
  printAnswer({
    ...(limits.length > 0
      ? { budgets: standingTable(limits) }
      : { budgets: "none: evalwright budget set day --max-usd 5 makes one" }),
    spent: {
      columns: ["of", "calls", "tokens", "usd", "calls of unknown price", "minutes"],
      rows: reports.map(([scope, report]) => spentRow(scope, report)),
    },
  });
}

async function set({ store, project }: Context, scope: Standing, options: BudgetOptions): Promise<void> {
  const asked = budgetOf(options);
  if (asked === undefined)
    throw invalidInput("No limit was given", "--max-calls, --max-llm-tokens, --max-usd or --max-minutes.");
  const { ledger } = store.records;
  await store.records.ensureProject(project);
  const { budget } = await ledger.report(project.id, { scope });
  await ledger.setBudget(project.id, { scope }, { ...budget, ...asked });
}

/**
 * `evalwright budget show | set SCOPE | clear SCOPE`: what all jobs of a project may use together, ever or a day. Only a
 * person sets it: no tool does.
 */
export async function budgetCommand(
  action: string | undefined,
  of: string | undefined,
  options: BudgetOptions,
): Promise<void> {
  await withApp(options, async (context) => {
    if (action === "set") await set(context, scopeOf(of), options);
    else if (action === "clear")
      await context.store.records.ledger.setBudget(context.project.id, { scope: scopeOf(of) }, {});
    else if (action !== undefined && action !== "show")
      throw invalidInput(`"${action.slice(0, 40)}" is no action`, "Actions: show, set, clear.");
    await show(context, options.json);
  });
}
