import { describe, expect, test } from "vitest";
import { optionsFor, worldDependencies } from "../../../bench/optimization/ours.ts";
import { createWorld, type Mode, type World } from "../../../bench/optimization/world.ts";
import type {
  SearchDependencies,
  SearchOptions,
  SearchResult,
} from "../../../src/optimization/search/contract.ts";
import { search } from "../../../src/optimization/search/search.ts";

class Killed extends Error {}

type Answer = Awaited<ReturnType<SearchDependencies<Judged>["evaluate"]>>;
type Judged = ReturnType<typeof worldDependencies> extends SearchDependencies<infer O> ? O : never;
type Proposals = Awaited<ReturnType<SearchDependencies<Judged>["propose"]>>;

/** What outlives a kill: each answer by its question. `asked` counts how often a question reached the world. */
interface Ledger {
  readonly outcomes: Map<string, Judged>;
  readonly proposals: Map<string, Exclude<Proposals, string>[number]>;
  readonly decisions: Map<string, boolean>;
  readonly asked: Map<string, number>;
}

const newLedger = (): Ledger => ({
  outcomes: new Map(),
  proposals: new Map(),
  decisions: new Map(),
  asked: new Map(),
});

/** Dependencies that answer from the ledger and end at a given call: by a kill before or after it, or by holding. */
function recorded(
  world: SearchDependencies<Judged>,
  ledger: Ledger,
  end: { readonly at: number; readonly how: "before" | "after" | "held" } | null,
): SearchDependencies<Judged> & { readonly calls: () => number } {
  let calls = 0;
  async function boundary<T>(work: () => Promise<T>): Promise<T> {
    calls += 1;
    const now = end?.at === calls;
    if (now && end.how === "before") throw new Killed();
    const answer = await work();
    if (now && end.how === "after") throw new Killed();
    return answer;
  }
  const ask = async <T>(book: Map<string, T>, question: string, work: () => Promise<T>): Promise<T> => {
    const known = book.get(question);
    if (known !== undefined) return known;
    ledger.asked.set(question, (ledger.asked.get(question) ?? 0) + 1);
    const answer = await work();
    book.set(question, answer);
    return answer;
  };
  const isHeld = () => end?.how === "held" && end.at === calls + 1;
  const evaluateOne = async (request: Parameters<SearchDependencies<Judged>["evaluate"]>[0][number]) => {
    const outcomes: Judged[] = [];
    for (const one of request.cases) {
      const question = `run ${JSON.stringify([request.candidate, one.exampleId, one.repeat])}`;
      const outcome = await ask(ledger.outcomes, question, async () => {
        const answer: Answer = await world.evaluate([{ candidate: request.candidate, cases: [one] }], "race");
        const [found] = answer[0] ?? [];
        if (typeof found !== "object") throw new Error("no outcome");
        return found;
      });
      outcomes.push(outcome);
    }
    return outcomes;
  };
  return {
    calls: () => calls,
    evaluate: async (requests) =>
      isHeld() ? "pending" : boundary(async () => Promise.all(requests.map(evaluateOne))),
    propose: async (orders) => {
      if (isHeld()) return "over_budget";
      return boundary(async () => {
        const proposals: Exclude<Proposals, string>[number][] = [];
        for (const order of orders)
          proposals.push(
            await ask(ledger.proposals, `order ${order.iteration}.${order.slot}`, async () => {
              const [one] = await world.propose([order]);
              if (typeof one !== "object") throw new Error("no proposal");
              return one;
            }),
          );
        return proposals;
      });
    },
    check: () => null,
    afford: (step, needs) =>
      boundary(() => ask(ledger.decisions, `step ${step}`, () => world.afford(step, needs))),
    onEvent: (event) => boundary(() => world.onEvent(event)),
  };
}

async function runUntil(
  world: World,
  outside: SearchDependencies<Judged>,
  options: SearchOptions,
  ledger: Ledger,
  end: Parameters<typeof recorded>[2],
): Promise<{ readonly result: SearchResult | null; readonly calls: number }> {
  const dependencies = recorded(outside, ledger, end);
  try {
    const found = await search({ components: world.seed, code: null }, options, dependencies);
    return { result: "held" in found ? null : found, calls: dependencies.calls() };
  } catch (error) {
    if (error instanceof Killed) return { result: null, calls: dependencies.calls() };
    throw error;
  }
}

const CAMPAIGNS: readonly (readonly [Mode, Partial<SearchOptions>])[] = [
  ["partial", {}],
  ["flips", {}],
  ["multi", { proposalsPerStep: 2 }],
  ["objectives", { racing: false }],
];

describe("a search that is ended at any call and run again", () => {
  test.each(CAMPAIGNS)(
    "comes to the same result in the world %s %o, and asks nothing twice",
    async (mode, more) => {
      const world = createWorld(mode, 3);
      const options = { ...optionsFor(world, 200), maxProposals: 7, ...more };
      const whole = newLedger();
      const { result, calls } = await runUntil(world, worldDependencies(world), options, whole, null);
      expect(calls).toBeGreaterThan(20);
      for (const how of ["before", "after", "held"] as const)
        for (let at = 1; at <= calls; at += 1) {
          const ledger = newLedger();
          const outside = worldDependencies(world);
          await runUntil(world, outside, options, ledger, { at, how });
          const again = await runUntil(world, outside, options, ledger, null);
          expect(again.result?.hash).toBe(result?.hash);
          expect([...ledger.asked.values()].every((times) => times === 1)).toBe(true);
          expect(new Set(ledger.asked.keys())).toEqual(new Set(whole.asked.keys()));
        }
    },
  );
});
