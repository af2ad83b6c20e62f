import { search } from "../../src/optimization/search/search.ts";

/**
 * Processor milliseconds of the search itself for each case evaluated, while its pool grows from `pool` to 20 more:
 * answers take no time, and every proposal is a little better than its parent on some examples, so that it is kept.
 */
export async function measureOverhead(pool: number): Promise<number> {
  const ids = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
  let [kept, observed, startedAt] = [0, 0, 0];
  let started = process.cpuUsage();
  let perRollout = Number.NaN;
  await search(
    { components: { prompt: "0" }, code: null },
    {
      seed: "overhead",
      train: ids("t", 60),
      validation: ids("v", 40),
      maxProposals: 2 * pool,
      patience: 10 * pool,
    },
    {
      evaluate: async (requests) =>
        requests.map(({ candidate, cases }) => {
          observed += cases.length;
          const skill = Number(candidate.components["prompt"]) / (4 * pool);
          return cases.map(({ exampleId }) => ({
            score: Math.min(0.9, skill + (Number(exampleId.slice(1)) % 7) / 20),
            objectives: {},
          }));
        }),
      propose: async (orders) =>
        orders.map(() => ({
          state: "proposed",
          components: { prompt: String(kept + 1) },
          code: null,
          hypothesis: null,
        })),
      check: () => null,
      afford: async () => true,
      onEvent: async ({ kind }) => {
        if (kind !== "accepted") return;
        kept += 1;
        if (kept === pool) [started, startedAt] = [process.cpuUsage(), observed];
        if (kept === pool + 20) {
          const { user, system } = process.cpuUsage(started);
          perRollout = (user + system) / 1_000 / (observed - startedAt);
        }
      },
    },
  );
  return perRollout;
}
