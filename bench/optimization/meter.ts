import type { Campaign, Incumbent } from "./campaign.ts";
import { createReflector, type Failure } from "./reflect.ts";
import { nameOf, type Prompts, type Run, run, type World } from "./world.ts";

/** Thrown when an optimizer goes on far beyond its budget: one of them would not end. */
class BudgetIgnored extends Error {}

const MOST_OVERSHOOT = 2;

/**
 * A world as other optimizers see it: an example is run anew each time, as in life, every run is counted, and what
 * has the best mean on the validation is what would be returned.
 */
export class Meter {
  observed = 0;
  readonly incumbents: Incumbent[] = [];
  readonly #world: World;
  readonly #budget: number;
  readonly #reflect: ReturnType<typeof createReflector>;
  readonly #repeats = new Map<string, number>();
  readonly #candidates = new Set<string>();
  readonly #started = process.cpuUsage();
  #best = Number.NEGATIVE_INFINITY;

  constructor(world: World, budget: number) {
    this.#world = world;
    this.#budget = budget;
    this.#reflect = createReflector(world);
  }

  evaluate(examples: readonly string[], prompts: Prompts): Run[] {
    const name = nameOf(prompts);
    const runs = examples.map((example) => {
      const key = `${name}|${example}`;
      const repeat = this.#repeats.get(key) ?? 0;
      this.#repeats.set(key, repeat + 1);
      this.observed += 1;
      return run(this.#world, prompts, example, repeat);
    });
    if (this.observed > MOST_OVERSHOOT * this.#budget) throw new BudgetIgnored(`${this.observed} runs`);
    if (examples.length > 5 && examples.every((example) => example.startsWith("validation")))
      this.#note(prompts, runs);
    return runs;
  }

  #note(prompts: Prompts, runs: readonly Run[]): void {
    const mean = runs.reduce((sum, { score }) => sum + score, 0) / runs.length;
    this.#candidates.add(nameOf(prompts));
    if (mean <= this.#best) return;
    this.#best = mean;
    this.incumbents.push({ rollouts: this.observed, prompts: { ...prompts } });
  }

  propose(
    prompts: Prompts,
    components: readonly string[],
    failures: readonly Failure[],
  ): Record<string, string> {
    return Object.fromEntries(components.map((name) => [name, this.#reflect(prompts, name, failures)]));
  }

  /** Runs an optimizer to its end, or until it has ignored its budget. */
  async campaign(
    work: () => Promise<{ readonly returned: Prompts; readonly reported: number }>,
  ): Promise<Campaign> {
    const end = await work().catch((error: unknown) => {
      if (error instanceof BudgetIgnored) return null;
      throw error;
    });
    const { user, system } = process.cpuUsage(this.#started);
    return {
      incumbents: this.incumbents,
      returned: end?.returned ?? this.incumbents.at(-1)?.prompts ?? this.#world.seed,
      observed: this.observed,
      reported: end?.reported ?? this.observed,
      cpuMs: (user + system) / 1_000,
      candidates: this.#candidates.size,
    };
  }
}

/** Failures that a proposer learns from, of examples with their runs. */
export const failuresOf = (examples: readonly string[], runs: readonly Run[]): Failure[] =>
  examples.flatMap((example, i) => {
    const found = runs[i];
    return found && found.score < 1 ? [{ example, complaints: found.complaints }] : [];
  });

/** Edits of the seed, each on the whole validation, the best returned: what a search without memory comes to. */
export function runBestOfN(world: World, budget: number): Promise<Campaign> {
  const meter = new Meter(world, budget);
  const names = Object.keys(world.seed);
  return meter.campaign(async () => {
    meter.evaluate(world.validation, world.seed);
    for (let i = 0; meter.observed + 3 + world.validation.length <= budget; i += 1) {
      const examples = [0, 1, 2].map((k) => world.train[(3 * i + k) % world.train.length] ?? "");
      const failures = failuresOf(examples, meter.evaluate(examples, world.seed));
      const edits = meter.propose(world.seed, [names[i % names.length] ?? ""], failures);
      meter.evaluate(world.validation, { ...world.seed, ...edits });
    }
    return { returned: meter.incumbents.at(-1)?.prompts ?? world.seed, reported: meter.observed };
  });
}
