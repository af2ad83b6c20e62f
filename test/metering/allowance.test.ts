import fc from "fast-check";
import { expect, it } from "vitest";
import type { Admission } from "../../src/metering/allowance.ts";
import { createAllowance } from "../../src/metering/allowance.ts";
import type { Spend } from "../../src/model/ledger.ts";

/** A ledger that grants up to a budget of tokens, and adds up what it is told. */
function bank(budget: number) {
  const charged = { calls: 0, tokens: 0, usd: 0, unpriced: 0 };
  let held = 0;
  return {
    charged,
    async reserve(estimate: Spend) {
      if (charged.tokens + held + estimate.tokens > budget) return { scope: "job", limit: "tokens" } as const;
      held += estimate.tokens;
      return {
        async settle({ calls, tokens, usd }: Spend) {
          held -= estimate.tokens;
          charged.calls += calls;
          charged.tokens += tokens;
          charged.usd += usd ?? 0;
          if (usd === null) charged.unpriced += 1;
        },
      };
    },
  };
}

const spend = (tokens: number, usd: number | null = 0): Spend => ({ calls: 1, tokens, usd });

const step = fc.record({
  estimate: fc.integer({ min: 0, max: 200 }),
  actual: fc.integer({ min: 0, max: 300 }),
  /** Which of the calls under way ends after this one began. */
  ends: fc.nat(),
});

it("whatever the order, what is charged call by call and at the end is what was used, or what the target says if that is more", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 30 }),
      fc.integer({ min: 0, max: 500 }),
      fc.integer({ min: 0, max: 3_000 }),
      async (steps, reserved, told) => {
        const { charged, reserve } = bank(2_000);
        const allowance = createAllowance(reserve, spend(reserved));
        const open: { readonly admission: Admission; readonly actual: number }[] = [];
        let used = 0;
        let calls = 0;
        const end = async (i: number): Promise<void> => {
          const [call] = open.splice(i, 1);
          if (!call) return;
          used += call.actual;
          calls += 1;
          await call.admission.settle(spend(call.actual));
        };
        for (const { estimate, actual, ends } of steps) {
          const admission = await allowance.admit(spend(estimate));
          if ("settle" in admission) open.push({ admission, actual });
          if (open.length > 3) await end(ends % open.length);
        }
        while (open.length > 0) await end(0);
        const { rest } = allowance.close(spend(told));
        expect(charged.tokens + rest.tokens).toBe(Math.max(used, told));
        expect(charged.calls + rest.calls).toBe(Math.max(1, calls));
        expect(Math.min(rest.tokens, rest.calls)).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 300 },
  );
});

it("a run within what was reserved for it asks for nothing more", async () => {
  const { reserve } = bank(-1);
  const allowance = createAllowance(reserve, { calls: 2, tokens: 100, usd: 0 });
  for (const tokens of [40, 60]) {
    const admission = await allowance.admit(spend(tokens));
    if ("settle" in admission) await admission.settle(spend(tokens));
  }
  expect(allowance.refused()).toBeNull();
  expect(allowance.close(spend(0)).rest).toEqual({ calls: 2, tokens: 100, usd: 0 });
  expect(await createAllowance(reserve, spend(100)).admit(spend(101))).toEqual({
    scope: "job",
    limit: "tokens",
  });
});

it("a call that is still under way when its run has ended is charged once, as estimated", async () => {
  for (const reserved of [0, 30, 100]) {
    const { charged, reserve } = bank(1_000);
    const allowance = createAllowance(reserve, { calls: 1, tokens: reserved, usd: 0 });
    const admission = await allowance.admit(spend(50));
    const { rest } = allowance.close(spend(0));
    if ("settle" in admission) await admission.settle(spend(900));
    expect(charged.tokens + rest.tokens).toBe(50);
    expect(charged.calls + rest.calls).toBe(1);
  }
});

it("an unknown price is told once for each call that has it, and a known sum stays known", async () => {
  const { charged, reserve } = bank(1_000);
  const allowance = createAllowance(reserve, spend(500));
  for (const usd of [0.25, null, null]) {
    const admission = await allowance.admit(spend(10, usd));
    if ("settle" in admission) await admission.settle(spend(10, usd));
  }
  const { total, rest } = allowance.close({ calls: 1, tokens: 0, usd: null });
  expect(total.usd).toBeNull();
  expect(rest.usd).not.toBeNull();
  expect(charged.unpriced).toBe(2);
  expect(charged.usd + (rest.usd ?? 0)).toBeCloseTo(0.25, 12);
});
