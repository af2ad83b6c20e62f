import { describe, expect, it } from "vitest";
import { createLlm } from "../../src/llm/create-llm.ts";
import { createLimiter, type Limiter, type Slot } from "../../src/llm/limiter.ts";
import { Endpoint } from "../../src/model/endpoint.ts";
import type { ScriptedLogEntry, StartScripted } from "../scripted-endpoint.ts";
import type { Reply } from "../scripted-replies.ts";
import { ask, connect, failureOf, quickClock, scripted } from "./client.ts";

async function slotOf(limiter: Limiter, signal?: AbortSignal): Promise<Slot> {
  const slot = await limiter.enter(limiter.ticket(), signal);
  if (typeof slot === "string") throw new Error(slot);
  return slot;
}

const slots = (limiter: Limiter, count: number): Promise<Slot[]> =>
  Promise.all(Array.from({ length: count }, () => slotOf(limiter)));

describe("the limit of open requests", () => {
  it("is the endpoint's, for all its clients of this process together", async () => {
    const server = await scripted({ latencyMs: 30 });
    const endpoint = Endpoint.parse({ name: "a", baseUrl: server.url, model: "m", concurrency: 5 });
    const clients = [endpoint, { ...endpoint, name: "b", extra: { top_p: 1 } }].map((one) =>
      createLlm(one, { env: {} }),
    );
    const calls = Array.from({ length: 40 }, (_, n) => clients[n % 2]?.complete(ask(`call ${n}`)));
    await Promise.all(calls);
    expect(server.log.length).toBe(40);
    expect(Math.max(...server.log.map((entry) => entry.open))).toBe(5);
  });

  it("lets calls in by order of arrival, and a retried one before those that came later", async () => {
    const { llm, server } = await connect(
      { answer: ({ number }) => (number === 1 ? { status: 429 } : "ok") },
      { concurrency: 1 },
    );
    await Promise.all(["a", "b", "c", "d"].map((text) => llm.complete(ask(text))));
    expect(server.requests.map((request) => request.text)).toEqual(["a", "a", "b", "c", "d"]);
  });

  it("halves in a round that is throttled throughout, and never goes below one", async () => {
    const limiter = createLimiter(16, quickClock());
    for (const expected of [8, 4, 2, 1, 1]) {
      for (const slot of await slots(limiter, limiter.limit())) slot.throttle(null);
      expect(limiter.limit()).toBe(expected);
    }
  });

  it("falls in proportion to what was throttled of a round", async () => {
    const limiter = createLimiter(64, quickClock());
    for (const [i, slot] of (await slots(limiter, 64)).entries())
      i < 16 ? slot.throttle(null) : slot.release();
    expect(limiter.limit()).toBe(56);
  });

  it("grows by one for each round of answers, after two calm rounds twofold, up to the maximum", async () => {
    const limiter = createLimiter(64, quickClock());
    for (let round = 0; round < 3; round += 1)
      for (const slot of await slots(limiter, limiter.limit())) slot.throttle(null);
    const grown: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (const slot of await slots(limiter, limiter.limit())) slot.succeed();
      grown.push(limiter.limit());
    }
    expect(grown.slice(0, 2)).toEqual([8, 9]);
    expect(grown[3]).toBeGreaterThan(30);
    expect(grown[4]).toBe(64);
  });

  it("a slot counts once however often it is given back", async () => {
    const limiter = createLimiter(1, quickClock());
    const slot = await slotOf(limiter);
    slot.throttle(null);
    slot.release();
    slot.succeed();
    const next = await slotOf(limiter);
    let second: Slot | undefined;
    const waits = slotOf(limiter).then((got) => {
      second = got;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(second).toBeUndefined();
    next.release();
    await waits;
  });

  it("throttling that names no time pauses the endpoint, longer each time", async () => {
    const clock = quickClock();
    const limiter = createLimiter(1, clock);
    const pauses: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      (await slotOf(limiter)).throttle(null);
      pauses.push(Math.round(limiter.pausedUntilMs() - clock.now()));
    }
    expect(pauses).toEqual([250, 500, 1_000, 2_000]); // with the largest jitter
  });

  it("nothing starts while the endpoint is paused", async () => {
    const clock = quickClock();
    const limiter = createLimiter(2, clock);
    (await slotOf(limiter)).throttle(5_000);
    const until = limiter.pausedUntilMs();
    await slotOf(limiter);
    expect(clock.now()).toBeGreaterThanOrEqual(until);
    expect(limiter.pausedUntilMs()).toBe(0);
  });

  it("whoever leaves the line is passed over", async () => {
    const limiter = createLimiter(1, quickClock());
    const held = await slotOf(limiter);
    const stop = new AbortController();
    const order: string[] = [];
    const enter = async (name: string, signal?: AbortSignal): Promise<void> => {
      const got = await limiter.enter(limiter.ticket(), signal);
      order.push(typeof got === "string" ? `${name} ${got}` : name);
      if (typeof got !== "string") got.release();
    };
    const all = [enter("a"), enter("b", stop.signal), enter("c"), enter("d", stop.signal)];
    stop.abort();
    held.release();
    await Promise.all(all);
    expect(order.sort()).toEqual(["a", "b cancelled", "c", "d cancelled"]);
  });
});

describe("an endpoint that takes one request at a time, ten a second, and never says when", () => {
  it("gets all of them answered, however many came at once", async () => {
    let freeAt = 0;
    const clock = quickClock(0.5);
    const answer = (): Reply => {
      if (clock.now() < freeAt) return { status: 429, body: { error: { message: "too many requests" } } };
      freeAt = clock.now() + 100;
      return "ok";
    };
    const server = await scripted({ answer });
    const endpoint = Endpoint.parse({ name: "slow", baseUrl: server.url, model: "m", concurrency: 64 });
    const llm = createLlm(endpoint, { env: {}, clock });
    const answers = await Promise.all(Array.from({ length: 150 }, (_, n) => llm.complete(ask(`call ${n}`))));
    expect(answers.every(({ text }) => text === "ok")).toBe(true);
    expect(server.log.length).toBeLessThan(150 * 6);
  });

  it("fails when it turns every request away, after a bounded number", async () => {
    const { llm, server } = await connect({ answer: () => ({ status: 429 }) }, { maxAttempts: 3 });
    const errors = await Promise.all([1, 2, 3, 4].map((n) => failureOf(llm.complete(ask(`call ${n}`)))));
    for (const error of errors) expect(error).toMatchObject({ kind: "rate_limited", status: 429 });
    expect(server.log.length).toBeLessThanOrEqual(4 * 3 * 4);
    const once = await connect({ answer: () => ({ status: 429 }) }, { maxAttempts: 1 });
    expect(await failureOf(once.llm.complete(ask("hello")))).toMatchObject({ attempts: 1 });
  });
});

/** Limits of so many rounds, in each of which all that the limit allows is sent at once. */
async function rounds(
  limiter: Limiter,
  count: number,
  isThrottled: (place: number, request: number) => boolean,
) {
  const limits: number[] = [];
  let requests = 0;
  let throttled = 0;
  for (let round = 0; round < count; round += 1) {
    limits.push(limiter.limit());
    for (const [place, slot] of (await slots(limiter, limiter.limit())).entries()) {
      requests += 1;
      const refused = isThrottled(place, requests);
      if (refused) throttled += 1;
      refused ? slot.throttle(null) : slot.succeed();
    }
  }
  const mean = limits.reduce((sum, limit) => sum + limit, 0) / limits.length;
  return { mean, share: throttled / requests };
}

describe("the limit over many rounds", () => {
  it("stays wide when a few percent are throttled whatever the load", async () => {
    const { mean, share } = await rounds(
      createLimiter(64, quickClock()),
      100,
      (_, request) => request % 33 === 0,
    );
    expect(share).toBeCloseTo(0.03, 2);
    expect(mean).toBeGreaterThan(56);
  });

  it("is what the endpoint takes at once, which turns away few", async () => {
    const limiter = createLimiter(64, quickClock());
    await rounds(limiter, 20, (place) => place >= 20);
    const { mean, share } = await rounds(limiter, 100, (place) => place >= 20);
    expect(mean).toBeGreaterThan(18);
    expect(mean).toBeLessThan(24);
    expect(share).toBeLessThan(0.15);
  });
});

describe("calls to a wide endpoint", () => {
  const ask64 = async (script: StartScripted): Promise<readonly ScriptedLogEntry[]> => {
    const server = await scripted({ latencyMs: 60, keyPattern: "call-\\d+;", ...script });
    const endpoint = Endpoint.parse({ name: "wide", baseUrl: server.url, model: "m", concurrency: 64 });
    const llm = createLlm(endpoint, { env: {}, clock: quickClock() });
    const calls = Array.from({ length: 900 }, (_, n) => llm.complete(ask(`call-${n};`)));
    for (const { text } of await Promise.all(calls)) expect(text).toBe("ok");
    return server.log;
  };
  const mostOpen = (log: readonly ScriptedLogEntry[]): number => Math.max(...log.map(({ open }) => open));

  it("are many at once all the time, though a few percent are throttled", async () => {
    const log = await ask64({ faults: [{ kind: "rate_limit", share: 0.04, retryAfterMs: null }] });
    expect(log.filter(({ reply }) => reply === "rate_limit").length).toBeGreaterThan(20);
    expect(mostOpen(log.slice(400, 600))).toBeGreaterThan(40);
    expect(mostOpen(log.slice(600, 800))).toBeGreaterThan(40);
  });

  it("are many again soon after an outage", async () => {
    const log = await ask64({
      answer: ({ number }) => (number > 64 && number <= 186 ? { status: 429 } : "ok"),
    });
    const narrow = log.findIndex(({ number, open }) => number > 100 && open <= 6);
    expect(narrow).toBeGreaterThan(0);
    expect(mostOpen(log.slice(narrow, narrow + 400))).toBeGreaterThan(40);
  });
});
