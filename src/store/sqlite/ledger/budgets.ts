import type { Database } from "better-sqlite3";
import { Budget, type Spend, SpendScope } from "../../../model/ledger.ts";
import type { BudgetOwner, Reservation, SpendReport } from "../../ledger-store.ts";
import { nowUs, rowWriter } from "../write-rows.ts";
import { type Account, accountReader, dayOf, type SpendSheet, toNano } from "./spend-sheet.ts";

type Refusal = Extract<Reservation, { state: "over_budget" | "unpriced" }>;
type Limit = Extract<Refusal, { state: "over_budget" }>["limit"];

const ownerKey = (owner: BudgetOwner): string => (owner.scope === "job" ? owner.jobId : "");

export function budgetReader(db: Database): (project: number, scope: SpendScope, owner: string) => Budget {
  const find = db
    .prepare<[number, string, string], string>(
      "SELECT limits FROM budget WHERE project = ? AND scope = ? AND owner = ?",
    )
    .pluck();
  return (project, scope, owner) => Budget.parse(JSON.parse(find.get(project, scope, owner) ?? "{}"));
}

export function budgetOperations(db: Database) {
  const rows = rowWriter(db);
  const write = db.prepare(
    `INSERT INTO budget (project, scope, owner, limits) VALUES (?, ?, ?, ?)
     ON CONFLICT (project, scope, owner) DO UPDATE SET limits = excluded.limits`,
  );
  const set = db.transaction((projectId: string, owner: BudgetOwner, budget: Budget) => {
    rows.forget();
    write.run(rows.project(projectId), owner.scope, ownerKey(owner), JSON.stringify(budget));
  });
  return {
    setBudget: (projectId: string, owner: BudgetOwner, budget: Budget): void =>
      set.immediate(projectId, owner, budget),
  };
}

export function spendReadOperations(db: Database) {
  const findProject = db.prepare<[string], number>("SELECT key FROM project WHERE id = ?").pluck();
  const readAccount = accountReader(db);
  const readBudget = budgetReader(db);
  return {
    /** An unknown project has spent nothing. */
    reportSpend(projectId: string, owner: BudgetOwner): SpendReport {
      const project = findProject.get(projectId) ?? -1;
      const spender = owner.scope === "day" ? dayOf(nowUs()) : ownerKey(owner);
      const account = readAccount(project, owner.scope, spender);
      return {
        budget: readBudget(project, owner.scope, ownerKey(owner)),
        spent: {
          calls: account.calls,
          tokens: account.tokens,
          usd: account.nano_usd / 1e9,
          unpriced: account.unpriced,
          lost: account.lost,
        },
        inFlight: {
          calls: account.open_calls,
          tokens: account.open_tokens,
          usd: account.open_unpriced > 0 ? null : account.open_nano_usd / 1e9,
        },
        minutes: owner.scope === "job" ? null : account.active_us / 60_000_000,
      };
    },
  };
}

/** Whether an estimate fits into each of the budgets that it would be charged to, and if not why. */
export type BudgetCheck = (estimate: Spend) => Refusal | undefined;

/** Budgets of one job as they are now; sums are taken from the sheet at each check. */
export function budgetChecks(db: Database) {
  const read = budgetReader(db);
  return (
    job: { project: number; jobId: string; day: string; activeUs: number },
    sheet: SpendSheet,
  ): BudgetCheck => {
    const owners = { job: job.jobId, project: "", day: job.day };
    const scopes = SpendScope.options.map((scope) => {
      const account = sheet.of(scope, owners[scope]);
      return {
        scope,
        account,
        budget: read(job.project, scope, scope === "job" ? job.jobId : ""),
        activeUs: scope === "job" ? job.activeUs : account.active_us,
      };
    });
    return (estimate) => {
      for (const { scope, budget } of scopes) {
        if (isUnpriced(budget, estimate)) return { state: "unpriced", scope };
      }
      for (const { scope, budget, account, activeUs } of scopes) {
        const limit = exceeded(budget, account, estimate, activeUs);
        if (limit) return { state: "over_budget", scope, limit };
      }
      return undefined;
    };
  };
}

const isUnpriced = (budget: Budget, estimate: Spend): boolean =>
  estimate.usd === null &&
  budget.usd !== undefined &&
  budget.calls === undefined &&
  budget.tokens === undefined;

/** The first ceiling that what is spent, in flight and estimated together would pass. */
function exceeded(budget: Budget, account: Account, estimate: Spend, activeUs: number): Limit | undefined {
  const { calls, tokens, usd, minutes } = budget;
  if (calls !== undefined && account.calls + account.open_calls + estimate.calls > calls) return "calls";
  if (tokens !== undefined && account.tokens + account.open_tokens + estimate.tokens > tokens)
    return "tokens";
  const nano = account.nano_usd + account.open_nano_usd + toNano(estimate.usd);
  if (usd !== undefined && nano > toNano(usd)) return "usd";
  if (minutes !== undefined && activeUs >= minutes * 60_000_000) return "minutes";
  return undefined;
}
