import { setTimeout as sleep } from "node:timers/promises";
import { NO_SPEND } from "../model/ledger.ts";
import type { Metered } from "../model/metered.ts";
import { type Account, createAccount, createOutputMean } from "./account.ts";
import { type Allowance, createAllowance, type Reserve, UNLIMITED } from "./allowance.ts";
import { startProxy } from "./proxy.ts";
import type { Upstream } from "./upstream.ts";

/** Base URLs of ours by the variables in which a target looks for them. */
export type BaseUrls = Readonly<Record<string, string>>;

export interface MeteredRun {
  /** What comes through them is this run's, whatever else runs. */
  readonly baseUrls: BaseUrls;
  /** What passed so far. */
  metered(): Metered;
  /** Takes nothing more. Calls that are under way then go on; their use is unknown, and charged as estimated. */
  end(): Promise<Metered>;
}

/** Counts what the runs of one target use of models, and ends what goes beyond a budget. */
export interface Meter {
  /**
   * A run begins in a slot, which no other has until it ends.
   * @param allowance default: no limit.
   */
  begin(slot: number, allowance?: Allowance | undefined): MeteredRun;
  /** For a process that serves the runs of one slot, one after the other: what comes is the run's that is under way. */
  ofSlot(slot: number): BaseUrls;
  /** What processes asked while no run of theirs was under way: charged to the job, and to no run. */
  outside(): Metered;
  /** Whether any call has passed and said what it used: the target does look for its variables. */
  isHeard(): boolean;
  close(): Promise<void>;
}

/** Answers that have passed are read within it, the programs that asked for them having gone or gone on. */
const LAST_READ_MS = 250;

/**
 * Starts a proxy on loopback. It lives as long as the process at most.
 * @param upstreams by the target's variables.
 */
export async function startMeter(
  upstreams: Readonly<Record<string, Upstream>>,
  reserve: Reserve = UNLIMITED,
): Promise<Meter> {
  const proxy = await startProxy();
  const outputs = createOutputMean();
  const outside = createAccount(createAllowance(reserve, NO_SPEND), outputs);
  const current = new Map<number, Account>();
  const ofSlots = new Map<number, BaseUrls>();
  const openDoors = (accountOf: () => Account) =>
    Object.entries(upstreams).map(([name, upstream]) => [name, proxy.open(upstream, accountOf)] as const);

  return {
    begin(slot, allowance = createAllowance(UNLIMITED, NO_SPEND)) {
      const account = createAccount(allowance, outputs);
      const doors = openDoors(() => account);
      current.set(slot, account);
      return {
        baseUrls: Object.fromEntries(doors.map(([name, { url }]) => [name, url])),
        metered: account.metered,
        async end() {
          current.delete(slot);
          for (const [, door] of doors) door.close();
          const read = new AbortController();
          const late = sleep(LAST_READ_MS, undefined, { signal: read.signal }).catch(() => undefined);
          await Promise.race([account.idle(), late]);
          read.abort();
          return account.metered();
        },
      };
    },
    ofSlot(slot) {
      const known = ofSlots.get(slot);
      if (known) return known;
      const doors = openDoors(() => current.get(slot) ?? outside);
      const urls = Object.fromEntries(doors.map(([name, { url }]) => [name, url]));
      ofSlots.set(slot, urls);
      return urls;
    },
    outside: outside.metered,
    isHeard: outputs.isKnown,
    close: proxy.close,
  };
}
