import { NO_SPEND } from "../model/ledger.ts";
import type { LedgerStore } from "../store/ledger-store.ts";
import { type CallResult, type Ledger, noCounts } from "./ledger.ts";

/** A ledger that only looks: what is recorded is answered, all else stays pending, and nothing is run, asked or charged. */
export function recordedLedger(store: LedgerStore, projectId: string): Ledger {
  const counts = noCounts();
  const look = async ({ key }: { readonly key: string }): Promise<CallResult> => {
    const found = await store.findAnswer(projectId, key);
    if (found) counts.replayed += 1;
    else counts.pending += 1;
    return found
      ? { state: "answered", answer: found.answer, spent: NO_SPEND, replayed: true }
      : { state: "pending" };
  };
  return {
    counts,
    call: look,
    ask: look,
    isCapped: async () => false,
    hold: () => Promise.reject(new Error("a ledger that only looks pays for nothing")),
    decide: () => Promise.reject(new Error("a ledger that only looks decides nothing")),
  };
}
