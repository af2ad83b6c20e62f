import type { Clock } from "./clock.ts";
import { onAbort } from "./on-abort.ts";
import { createWaitingLine } from "./waiting-line.ts";

/** Longest time that calls wait because an endpoint asked for it; beyond it they fail and say so. */
export const MAX_PAUSE_MS = 300_000;

/** Pause after a throttled round that named no time of its own, doubled by each further one. */
const COOL_DOWN_MS = 250;
const MAX_COOL_DOWN_MS = 30_000;
const WAKE_STEP_MS = 1_000;

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
 * Additive increase, multiplicative decrease (Chiu and Jain 1989), as TCP does it: a whole round of successes adds one
 * to the limit; throttling halves it, once for all requests that were open together.
 */
export function createLimiter(maximum: number, clock: Clock): Limiter {
  const line = createWaitingLine<(admission: Admission) => void>();
  let limit = maximum;
  let open = 0;
  let tickets = 0;
  let started = 0;
  let startedAtCut = 0;
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
    if (retryAfterMs !== null && retryAfterMs > 0) pause(retryAfterMs);
    if (start <= startedAtCut) return;
    startedAtCut = started;
    limit = Math.max(1, limit / 2);
    if (retryAfterMs === null || retryAfterMs === 0) {
      const ceiling = Math.min(MAX_COOL_DOWN_MS, COOL_DOWN_MS * 2 ** coolings);
      coolings += 1;
      pause(ceiling * (0.5 + clock.random() / 2));
    }
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
      succeed: () =>
        giveBack(() => {
          limit = Math.min(maximum, limit + 1 / limit);
          coolings = Math.max(0, coolings - 1);
        }),
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
