import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import type { Campaign } from "./campaign.ts";
import { failuresOf, Meter } from "./meter.ts";
import type { Failure } from "./reflect.ts";
import type { Prompts, World } from "./world.ts";

/** Never in package.json: installed for a bench into a folder of its own, without running its scripts. */
const PEERS = ["@ax-llm/ax@24.0.21", "@currentai/dsts@0.1.5", "zod@4"];

export interface Folder extends AsyncDisposable {
  readonly path: string;
}

export async function installPeers(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), "evalwright-peers-"));
  const remove = () => rm(path, { recursive: true, force: true });
  try {
    await writeFile(join(path, "package.json"), "{}");
    const options = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...PEERS];
    await promisify(execFile)("npm", options, { cwd: path });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, [Symbol.asyncDispose]: remove };
}

/** What a package of the folder exports. */
const load = (folder: Folder, name: string): unknown =>
  createRequire(join(folder.path, "package.json"))(name);

interface Batch {
  readonly outputs: readonly string[];
  readonly scores: readonly number[];
  readonly trajectories: readonly Failure[] | null;
}

type Example = { readonly id: string };

/** What both libraries ask of an adapter, under the names that each has for it. */
function adapterOf(meter: Meter) {
  const dataset = ({ trajectories }: Batch, names: readonly string[]) =>
    Object.fromEntries(names.map((name) => [name, [...(trajectories ?? [])]]));
  return {
    async evaluate(batch: readonly Example[], prompts: Prompts, traces = false): Promise<Batch> {
      const ids = batch.map(({ id }) => id);
      const runs = meter.evaluate(ids, prompts);
      const trajectories = traces ? failuresOf(ids, runs) : null;
      return { outputs: ids, scores: runs.map(({ score }) => score), trajectories };
    },
    dataset: (_: Prompts, batch: Batch, names: readonly string[]) => dataset(batch, names),
    propose: async (prompts: Prompts, records: Record<string, Failure[]>, names: readonly string[]) => ({
      ...prompts,
      ...meter.propose(prompts, names, Object.values(records)[0] ?? []),
    }),
  };
}

const callable = <F>() => z.custom<F>((value) => typeof value === "function");
const examplesOf = (ids: readonly string[]): Example[] => ids.map((id) => ({ id }));

const Dsts = z.object({ optimize: callable<(options: object) => Promise<unknown>>() });
const DstsResult = z.object({
  bestCandidate: z.record(z.string(), z.string()),
  totalMetricCalls: z.number(),
});

/** @currentai/dsts; what it prints on standard output is dropped. */
export async function runDsts(folder: Folder, world: World, budget: number): Promise<Campaign> {
  const { optimize } = Dsts.parse(load(folder, "@currentai/dsts"));
  const meter = new Meter(world, budget);
  const { evaluate, dataset, propose } = adapterOf(meter);
  const print = console.log;
  console.log = () => undefined;
  try {
    return await meter.campaign(async () => {
      const result = await optimize({
        seedCandidate: { ...world.seed },
        trainset: examplesOf(world.train),
        valset: examplesOf(world.validation),
        adapter: { evaluate, makeReflectiveDataset: dataset, proposeNewTexts: propose },
        reflectionLM: async () => "",
        candidateSelectionStrategy: "pareto",
        reflectionMinibatchSize: 3,
        maxMetricCalls: budget,
        seed: 1,
      });
      const { bestCandidate, totalMetricCalls } = DstsResult.parse(result);
      return { returned: bestCandidate, reported: totalMetricCalls };
    });
  } finally {
    console.log = print;
  }
}

interface AxOptimizer {
  compile(
    program: object,
    examples: readonly Example[],
    metric: () => number,
    options: object,
  ): Promise<unknown>;
}
const Ax = z.object({ AxGEPA: callable<new (options: object) => AxOptimizer>() });
const AxResult = z.object({
  optimizedProgram: z.object({ componentMap: z.record(z.string(), z.string()) }),
  stats: z.object({ totalCalls: z.number() }),
});

/** @ax-llm/ax through its adapter hooks, with as many trials as the budget pays for. */
export async function runAx(
  folder: Folder,
  world: World,
  budget: number,
  minibatch: number,
): Promise<Campaign> {
  const { AxGEPA } = Ax.parse(load(folder, "@ax-llm/ax"));
  const meter = new Meter(world, budget);
  const { evaluate, dataset, propose } = adapterOf(meter);
  const optimizer = new AxGEPA({
    studentAI: { getName: () => "none" },
    numTrials: budget,
    earlyStoppingTrials: budget,
    minibatchSize: minibatch,
    minImprovementThreshold: 0,
    seed: 1,
  });
  const components = Object.entries(world.seed).map(([key, current]) => ({
    key,
    kind: "instruction",
    current,
  }));
  const program = {
    getOptimizableComponents: () => components,
    applyOptimizedComponents: () => undefined,
    setDemos: () => undefined,
    getTraces: () => [],
  };
  return meter.campaign(async () => {
    const result = await optimizer.compile(program, examplesOf(world.train), () => 0, {
      maxMetricCalls: budget,
      validationExamples: examplesOf(world.validation),
      gepaAdapter: { evaluate, make_reflective_dataset: dataset, propose_new_texts: propose },
    });
    const { optimizedProgram, stats } = AxResult.parse(result);
    return { returned: { ...world.seed, ...optimizedProgram.componentMap }, reported: stats.totalCalls };
  });
}
