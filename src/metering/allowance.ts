import type { Hold, OverBudget } from "../ledger/ledger.ts";
import type { Spend } from "../model/ledger.ts";

/** Reserves what a model call is expected to use: `hold` of the ledger. */
export type Reserve = (estimate: Spend) => Promise<Hold | OverBudget>;

/** One model call that may be made. */
export interface Admission {
  /** What it used; for a call that said no usage its estimate. Once, however it ended. */
  settle(used: Spend): Promise<void>;
}

/** What one run may use: what was reserved for it, and beyond that whatever the budget still holds. */
export interface Allowance {
  /** Resolves before the call is made: it must not be made when a budget does not hold it. */
  admit(estimate: Spend): Promise<Admission | OverBudget>;
  /** The first refusal; null when all was admitted. */
  refused(): OverBudget | null;
  /**
   * The run has ended and says that it used `told`. `total` is the larger of that and what was metered, calls that are
   * still under way at their estimates, which stay; `rest` is what of it has not been charged yet.
   */
  close(told: Spend): { readonly total: Spend; readonly rest: Spend };
}

interface Sum {
  readonly calls: number;
  readonly tokens: number;
  readonly usd: number;
}

const ZERO: Sum = { calls: 0, tokens: 0, usd: 0 };

const known = ({ calls, tokens, usd }: Spend): Sum => ({ calls, tokens, usd: usd ?? 0 });

const each = (a: Sum, b: Sum, of: (a: number, b: number) => number): Sum => ({
  calls: of(a.calls, b.calls),
  tokens: of(a.tokens, b.tokens),
  usd: of(a.usd, b.usd),
});
const plus = (a: Sum, b: Sum): Sum => each(a, b, (x, y) => x + y);
const minus = (a: Sum, b: Sum): Sum => each(a, b, (x, y) => x - y);
/** What of `a` is more than `b`. */
const beyond = (a: Sum, b: Sum): Sum => each(a, b, (x, y) => Math.max(0, x - y));

/**
 * A run's calls draw on what was reserved for the run; each that goes beyond it is reserved, and charged, by itself. So a
 * run that stays within its estimate is charged once, and one that runs away meets the budget at its next call.
 * @param reserved what the ledger holds for the run; dollars null count as none.
 */
export function createAllowance(reserve: Reserve, reserved: Spend): Allowance {
  const own = known(reserved);
  let used = ZERO;
  let open = ZERO;
  /** Beyond what is reserved for the run: held for calls under way, or charged. */
  let extra = ZERO;
  let isPriced = true;
  /** Some call has no price, and the ledger has not been told so. */
  let owesPrice = false;
  let refusal: OverBudget | null = null;
  let wanted = ZERO;
  let isClosed = false;

  async function admit(estimate: Spend): Promise<Admission | OverBudget> {
    const planned = known(estimate);
    const more = beyond(plus(plus(used, open), planned), plus(own, extra));
    open = plus(open, planned);
    extra = plus(extra, more);
    const isCovered = more.calls + more.tokens + more.usd === 0 && estimate.usd !== null;
    const held = isCovered ? null : await reserve(estimate.usd === null ? { ...more, usd: null } : more);
    if (held && "limit" in held) {
      open = minus(open, planned);
      extra = minus(extra, more);
      refusal ??= held;
      wanted = each(wanted, planned, Math.max);
      if (estimate.usd === null) isPriced = false;
      return held;
    }
    return {
      async settle(spent) {
        if (isClosed) return held?.settle(estimate.usd === null ? { ...more, usd: null } : more);
        open = minus(open, planned);
        used = plus(used, known(spent));
        const before = minus(extra, more);
        const charge = held ? beyond(beyond(plus(used, open), own), before) : ZERO;
        extra = plus(before, charge);
        if (spent.usd === null) isPriced = false;
        if (spent.usd === null && !held) owesPrice = true;
        await held?.settle(spent.usd === null ? { ...charge, usd: null } : charge);
      },
    };
  }

  function close(told: Spend): { total: Spend; rest: Spend } {
    isClosed = true;
    const metered = plus(used, open);
    const isMetered = metered.calls > 0 || refusal !== null;
    const total = each(plus(metered, refusal ? wanted : ZERO), known(told), Math.max);
    const isKnown = told.usd !== null || (isMetered && isPriced);
    const rest = beyond(each(metered, known(told), Math.max), extra);
    const isSettled = isKnown || (isMetered && !owesPrice);
    return {
      total: isKnown ? total : { ...total, usd: null },
      rest: isSettled ? rest : { ...rest, usd: null },
    };
  }

  return { admit, refused: () => refusal, close };
}

/** For whom nobody counts. */
export const UNLIMITED: Reserve = () => Promise.resolve({ settle: () => Promise.resolve() });
