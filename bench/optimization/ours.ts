import type { Outcome, SearchDependencies, SearchOptions } from "../../src/optimization/search/contract.ts";
import { search } from "../../src/optimization/search/search.ts";
import type { Campaign, Incumbent } from "./campaign.ts";
import { createReflector, type Failure } from "./reflect.ts";
import { type Prompts, run, type World } from "./world.ts";

interface Judged extends Outcome {
  readonly complaints: readonly number[];
}

const lines = (prompts: Prompts): number => Object.values(prompts).join("\n").split("\n").length;

/** The search's dependencies on a world. */
export function worldDependencies(world: World): SearchDependencies<Judged> {
  const reflect = createReflector(world);
  return {
    evaluate: async (requests) =>
      requests.map(({ candidate, cases }) =>
        cases.map(({ exampleId, repeat }) => {
          const { score, complaints } = run(world, candidate.components, exampleId, repeat);
          const brevity = 1 - Math.min(1, lines(candidate.components) / 60);
          return { score, complaints, objectives: { quality: score, brevity } };
        }),
      ),
    propose: async (orders) =>
      orders.map(({ parent, components, records }) => {
        const failures: Failure[] = records
          .filter(({ outcome }) => (outcome.score ?? 1) < 1)
          .map((record) => ({ example: record.case.exampleId, complaints: record.outcome.complaints }));
        const { components: prompts } = parent.candidate;
        const texts = components.map((name) => [name, reflect(prompts, name, failures)]);
        return { state: "proposed", components: Object.fromEntries(texts), code: null, hypothesis: null };
      }),
    check: () => null,
    afford: async () => true,
    onEvent: async () => undefined,
  };
}

export const optionsFor = (world: World, budget: number): SearchOptions => ({
  seed: world.id,
  train: world.train,
  validation: world.validation,
  maxRollouts: budget,
  patience: Number.MAX_SAFE_INTEGER,
  ...(world.mode === "objectives" ? { frontier: "both", objectives: ["quality", "brevity"] } : {}),
});

/** One campaign of ours. */
export async function runOurs(
  world: World,
  budget: number,
  options: Partial<SearchOptions> = {},
): Promise<Campaign> {
  const incumbents: Incumbent[] = [];
  const pool: Prompts[] = [];
  const inner = worldDependencies(world);
  let observed = 0;
  const started = process.cpuUsage();
  const end = await search(
    { components: world.seed, code: null },
    { ...optionsFor(world, budget), ...options },
    {
      ...inner,
      evaluate: (requests, purpose) => {
        observed += requests.reduce((sum, { cases }) => sum + cases.length, 0);
        return inner.evaluate(requests, purpose);
      },
      onEvent: async (event) => {
        if (event.kind === "seed" || event.kind === "accepted") pool.push(event.entry.candidate.components);
        const prompts = pool[event.progress.chosen ?? -1];
        if (prompts && prompts !== incumbents.at(-1)?.prompts)
          incumbents.push({ rollouts: observed, prompts });
      },
    },
  );
  if ("held" in end) throw new Error(`held: ${end.held}`);
  const { user, system } = process.cpuUsage(started);
  return {
    incumbents,
    returned: end.pool[end.chosen]?.candidate.components ?? world.seed,
    observed,
    reported: end.rollouts,
    cpuMs: (user + system) / 1_000,
    candidates: end.pool.length,
  };
}
