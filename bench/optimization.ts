import { pathToFileURL } from "node:url";
import { openArms } from "./optimization/arms.ts";
import { type FalseShips, measureFalseShips } from "./optimization/null-world.ts";
import { measureOverhead } from "./optimization/overhead.ts";
import { meanWithLimits, type Summary, summarize, toMarkdown } from "./optimization/summary.ts";
import { createWorld, MODES } from "./optimization/world.ts";

// `node bench/optimization.ts` alone, or a part of `npm run bench`; `quick` takes few worlds. No language model takes
// part: this measures search, bookkeeping and statistics, and the scripted reflection is friendlier than a real one.

const BUDGET = 1_500;
const NULL_BUDGET = 600;

export interface OptimizationBench {
  readonly summaries: readonly Summary[];
  readonly skipped: readonly string[];
  readonly falseShips: FalseShips;
  /** Processor milliseconds of the search for a case, at a pool of 200. */
  readonly overheadMs: number;
  readonly worlds: number;
}

export async function measureOptimization(quick: boolean): Promise<OptimizationBench> {
  const count = quick ? 4 : 30;
  const summaries: Summary[] = [];
  await using open = await openArms();
  for (const mode of MODES.filter((name) => name !== "null")) {
    const worlds = Array.from({ length: count }, (_, index) => createWorld(mode, index));
    for (const arm of open.arms.filter(({ modes }) => !modes || modes.includes(mode))) {
      summaries.push(summarize(arm.name, worlds, await arm.run(worlds, BUDGET), BUDGET));
      process.stderr.write(`optimization, ${mode}: ${arm.name}\n`);
    }
  }
  const falseShips = await measureFalseShips(quick ? 40 : 400, NULL_BUDGET);
  const overheadMs = await measureOverhead(200);
  return { summaries, skipped: open.skipped, falseShips, overheadMs, worlds: count };
}

/** The table, and below it what is not of single arms. */
export function describeOptimization(bench: OptimizationBench): string {
  const { summaries, skipped, falseShips, overheadMs, worlds } = bench;
  const bias = summaries.filter(({ arm }) => arm === "ours").flatMap((summary) => summary.bias);
  const { campaigns, ships, upper, naive } = falseShips;
  return [
    `Optimization: ${worlds} paired worlds a mode, budget ${BUDGET} runs, ${process.platform}, Node ${process.versions.node}`,
    "",
    toMarkdown(summaries, "ours"),
    "",
    `- held-out claim less truth, ours, all campaigns: ${meanWithLimits(bias, 2)} points (aim within 1)`,
    `- null world, ${campaigns} campaigns of ${NULL_BUDGET} runs: ${ships} false ships, Wilson upper limit ${(100 * upper).toFixed(1)} % (aim 7.5 %); the validation alone would ship ${naive}`,
    `- search at a pool of 200: ${overheadMs.toFixed(3)} ms of processor a run (aim 2)`,
    ...skipped.map((why) => `- skipped: ${why}`),
  ].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  console.log(describeOptimization(await measureOptimization(process.argv.includes("quick"))));
