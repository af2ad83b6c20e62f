import type { Json, JsonObject } from "../model/json.ts";
import type { LedgerStore, SpendReport } from "../store/ledger-store.ts";

export const STANDING = ["project", "day"] as const;
export type Standing = (typeof STANDING)[number];

/** One ceiling that holds for all jobs of a project. */
export interface StandingLimit {
  /** `day`: today, UTC. */
  readonly scope: Standing;
  readonly limit: "calls" | "tokens" | "usd" | "minutes";
  readonly allowed: number;
  /** What is in flight counts at its estimate. */
  readonly used: number;
  readonly left: number;
}

function limitsOf(scope: Standing, { budget, spent, inFlight, minutes }: SpendReport): StandingLimit[] {
  const used = {
    calls: spent.calls + inFlight.calls,
    tokens: spent.tokens + inFlight.tokens,
    usd: spent.usd + (inFlight.usd ?? 0),
    minutes: minutes ?? 0,
  };
  return (["calls", "tokens", "usd", "minutes"] as const).flatMap((limit) => {
    const allowed = budget[limit];
    return allowed === undefined
      ? []
      : [{ scope, limit, allowed, used: used[limit], left: Math.max(0, allowed - used[limit]) }];
  });
}

/** The ceilings of a project and of its day, where there are any. */
export async function standingLimits(
  ledger: LedgerStore,
  projectId: string,
): Promise<readonly StandingLimit[]> {
  const reports = await Promise.all(
    STANDING.map(async (scope) => limitsOf(scope, await ledger.report(projectId, { scope }))),
  );
  return reports.flat();
}

const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;

export const standingTable = (limits: readonly StandingLimit[]): JsonObject => ({
  columns: ["of", "limit", "allowed", "used", "left"],
  rows: limits.map(({ scope, limit, allowed, used, left }): Json[] => [
    scope,
    limit,
    allowed,
    rounded(used),
    rounded(left),
  ]),
});

const NAMES = { calls: "calls", tokens: "tokens", usd: "US dollars", minutes: "minutes" } as const;

/** What of a plan the ceilings do not hold, in words; an unknown amount is taken to fit. */
export const notHeld = (
  limits: readonly StandingLimit[],
  planned: { readonly calls: number; readonly tokens: number; readonly usd: number | null },
): string[] =>
  limits.flatMap(({ scope, limit, left }) => {
    const needed = limit === "minutes" ? 0 : (planned[limit] ?? 0);
    if (needed <= left && left > 0) return [];
    return [
      `the budget of the project${scope === "day" ? "'s day" : ""} has ${rounded(left)} ${NAMES[limit]} left: it would stop there (evalwright budget)`,
    ];
  });
