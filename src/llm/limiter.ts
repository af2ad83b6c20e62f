import type { Clock } from "./clock.ts";
import { onAbort } from "./on-abort.ts";
import { createWaitingLine } from "./waiting-line.ts";

/** Longest time that calls wait because an endpoint asked for it; beyond it they fail and say so. */
export const MAX_PAUSE_MS = 300_000;

/** Pause when as many as half of the open requests were throttled and no time was named, doubled by each further one. */
const COOL_DOWN_MS = 250;
const MAX_COOL_DOWN_MS = 30_000;
const WAKE_STEP_MS = 1_000;

/** So much a throttled request takes from the limit: a round in which all are throttled halves it. */
const CUT = 0.5;
/** After so many rounds without throttling each answer adds one, so that the limit doubles with every round. */
const CALM_ROUNDS = 2;

/** Leave to send one request; given back exactly once, with how it went. */
export interface Slot {
  /** The request got an answer. */
  succeed(): void;
  /**
   * The endpoint has too much to do; with the time that it asks for, in milliseconds. True when no lower limit was left:
   * then it was not ours that was too high.
   */
  throttle(retryAfterMs: number | null): boolean;
  /** Anything else. */
  release(): void;
}

export type Admission = Slot | "cancelled" | "paused_too_long";

export interface Limiter {
  /** A place in the order of arrival, kept over all attempts of a call. */
  ticket(): number;
  /** Waits for leave to send. */
  enter(ticket: number, signal: AbortSignal | undefined): Promise<Admission>;
  /** Requests that may be open at once now. */
  limit(): number;
  /** Until when no request starts; milliseconds since the epoch, 0 when none is held up. */
  pausedUntilMs(): number;
}

/**
 * Additive increase, and a decrease in proportion to the share of a round that was throttled, as DCTCP has it (Alizadeh
 * et al. 2010, RFC 8257, with the present round's share for its average): a round of answers adds one to the limit, one
 * that was throttled throughout halves it. A few percent that are throttled whatever the load so cost little, where
 * halving at each would hold a wide limit at a few. After two calm rounds the limit doubles with each, as in slow start.
 */
export function createLimiter(maximum: number, clock: Clock): Limiter {
  const line = createWaitingLine<(admission: Admission) => void>();
  let limit = maximum;
  let open = 0;
  let tickets = 0;
  let started = 0;
  /** Rounds of answers since the last throttling. */
  let calm = 0;
  let refused = 0;
  let startedAtPause = 0;
  let coolings = 0;
  let pausedUntil = 0;
  let waking = false;

  /** One timer for all pauses, in steps: a timer may fire a little early, and none may outlive those who wait. */
  const wake = async (): Promise<void> => {
    if (waking) return;
    waking = true;
    for (let ms = pausedUntil - clock.now(); ms > 0 && line.size() > 0; ms = pausedUntil - clock.now())
      await clock.sleep(Math.min(ms, WAKE_STEP_MS));
    waking = false;
    admit();
  };

  const pause = (ms: number): void => {
    pausedUntil = Math.max(pausedUntil, clock.now() + ms);
    if (ms > MAX_PAUSE_MS) for (const give of line.clear()) give("paused_too_long");
    void wake();
  };

  const throttle = (start: number, retryAfterMs: number | null): void => {
    limit = Math.max(1, limit - CUT);
    calm = 0;
    if (retryAfterMs !== null && retryAfterMs > 0) pause(retryAfterMs);
    else coolDown(start);
  };

  /** Once for all requests that were open together. */
  const coolDown = (start: number): void => {
    if (start <= startedAtPause) return;
    refused += 1;
    if (refused < limit / 2) return;
    refused = 0;
    startedAtPause = started;
    const ceiling = Math.min(MAX_COOL_DOWN_MS, COOL_DOWN_MS * 2 ** coolings);
    coolings += 1;
    pause(ceiling * (0.5 + clock.random() / 2));
  };

  const succeed = (): void => {
    const round = 1 / limit;
    calm += round;
    limit = Math.min(maximum, limit + (calm > CALM_ROUNDS ? 1 : round));
    refused = Math.max(0, refused - 1);
    coolings = Math.max(0, coolings - 1);
  };

  const createSlot = (): Slot => {
    open += 1;
    started += 1;
    const start = started;
    let held = true;
    const giveBack = (learn: () => void): void => {
      if (!held) return;
      held = false;
      open -= 1;
      learn();
      admit();
    };
    return {
      succeed: () => giveBack(succeed),
      throttle(ms) {
        const atFloor = limit < 2;
        giveBack(() => throttle(start, ms));
        return atFloor;
      },
      release: () => giveBack(() => {}),
    };
  };

  const isFree = (): boolean => open < Math.floor(limit) && clock.now() >= pausedUntil;

  function admit(): void {
    while (isFree()) {
      const give = line.next();
      if (!give) return;
      give(createSlot());
    }
  }

  return {
    ticket() {
      tickets += 1;
      return tickets;
    },
    enter(ticket, signal) {
      if (signal?.aborted) return Promise.resolve("cancelled");
      if (pausedUntil - clock.now() > MAX_PAUSE_MS) return Promise.resolve("paused_too_long");
      return new Promise((resolve) => {
        const leave = line.join(ticket, (admission) => {
          forget();
          resolve(admission);
        });
        const forget = onAbort(signal, () => {
          leave();
          resolve("cancelled");
        });
        admit();
        if (clock.now() < pausedUntil) void wake();
      });
    },
    limit: () => Math.floor(limit),
    pausedUntilMs: () => (pausedUntil > clock.now() ? pausedUntil : 0),
  };
}
