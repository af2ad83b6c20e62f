import type { Database } from "better-sqlite3";
import { z } from "zod";
import type { Spend, SpendScope } from "../../../model/ledger.ts";

const AccountRow = z.object({
  calls: z.number(),
  tokens: z.number(),
  nano_usd: z.number(),
  unpriced: z.number(),
  lost: z.number(),
  open_calls: z.number(),
  open_tokens: z.number(),
  open_nano_usd: z.number(),
  open_unpriced: z.number(),
  active_us: z.number(),
});
/** What was charged to an owner, and (`open_`) the estimates of what it has in flight. */
export type Account = z.infer<typeof AccountRow>;

const COLUMNS = Object.keys(AccountRow.shape).filter((column) => column !== "active_us");

/** US dollars as they are added up: whole billionths, so that a sum does not depend on its order. */
export const toNano = (usd: number | null): number => Math.round((usd ?? 0) * 1e9);

/** The day (UTC) of a moment in microseconds: 2026-01-31. */
export const dayOf = (us: number): string => new Date(us / 1000).toISOString().slice(0, 10);

/** The sums of one project that a transaction reads and changes; nothing is stored before `save`. */
export interface SpendSheet {
  of(scope: SpendScope, owner: string): Account;
  /** The estimate of a call of this job and day is in flight (`1`), or no longer (`-1`). */
  hold(job: string, day: string, estimate: Spend, sign: 1 | -1): void;
  charge(job: string, day: string, spent: Spend, lost: 0 | 1): void;
  save(): void;
}

export function accountReader(db: Database): (project: number, scope: SpendScope, owner: string) => Account {
  const find = db.prepare<[number, string, string]>(
    `SELECT ${COLUMNS.join(", ")}, active_us FROM spend WHERE project = ? AND scope = ? AND owner = ?`,
  );
  return (project, scope, owner) => AccountRow.parse(find.get(project, scope, owner) ?? EMPTY);
}

const EMPTY: Account = {
  calls: 0,
  tokens: 0,
  nano_usd: 0,
  unpriced: 0,
  lost: 0,
  open_calls: 0,
  open_tokens: 0,
  open_nano_usd: 0,
  open_unpriced: 0,
  active_us: 0,
};

export function spendSheets(db: Database): (project: number) => SpendSheet {
  const read = accountReader(db);
  const write = db.prepare(
    `INSERT INTO spend (project, scope, owner, ${COLUMNS.join(", ")})
     VALUES (@project, @scope, @owner, ${COLUMNS.map((column) => `@${column}`).join(", ")})
     ON CONFLICT (project, scope, owner) DO UPDATE SET
       ${COLUMNS.map((column) => `${column} = excluded.${column}`).join(", ")}`,
  );
  return (project) => {
    const accounts = new Map<string, { scope: SpendScope; owner: string; account: Account }>();
    const of = (scope: SpendScope, owner: string): Account => {
      const name = `${scope}:${owner}`;
      const known = accounts.get(name);
      if (known) return known.account;
      const account = read(project, scope, owner);
      accounts.set(name, { scope, owner, account });
      return account;
    };
    const chargedFor = (job: string, day: string) => [of("job", job), of("project", ""), of("day", day)];
    return {
      of,
      hold(job, day, estimate, sign) {
        for (const account of chargedFor(job, day)) {
          account.open_calls += sign * estimate.calls;
          account.open_tokens += sign * estimate.tokens;
          account.open_nano_usd += sign * toNano(estimate.usd);
          if (estimate.usd === null) account.open_unpriced += sign;
        }
      },
      charge(job, day, spent, lost) {
        for (const account of chargedFor(job, day)) {
          account.calls += spent.calls;
          account.tokens += spent.tokens;
          account.nano_usd += toNano(spent.usd);
          if (spent.usd === null) account.unpriced += 1;
          account.lost += lost;
        }
      },
      save() {
        for (const { scope, owner, account } of accounts.values())
          write.run({ project, scope, owner, ...account });
      },
    };
  };
}
