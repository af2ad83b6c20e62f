import type { SearchOptions } from "../../src/optimization/search/contract.ts";
import type { Campaign } from "./campaign.ts";
import { gepaPath, runGepa } from "./gepa.ts";
import { runBestOfN } from "./meter.ts";
import { type Folder, installPeers, runAx, runDsts } from "./npm-peers.ts";
import { runOurs } from "./ours.ts";
import type { Mode, World } from "./world.ts";

export interface Arm {
  readonly name: string;
  /** Worlds in which it can be measured; all when left out. */
  readonly modes?: readonly Mode[];
  run(worlds: readonly World[], budget: number): Promise<readonly Campaign[]>;
}

/** Like the reference: whole validations, epochs, no look at noise. */
const PARITY: Partial<SearchOptions> = { racing: false, draw: "epochs", noiseProbe: 0, merge: false };

async function each(
  worlds: readonly World[],
  one: (world: World) => Promise<Campaign>,
): Promise<readonly Campaign[]> {
  const campaigns: Campaign[] = [];
  for (const world of worlds) campaigns.push(await one(world));
  return campaigns;
}

const ours = (name: string, options: Partial<SearchOptions>): Arm => ({
  name,
  run: (worlds, budget) => each(worlds, (world) => runOurs(world, budget, options)),
});

const gepa = (name: string, merge: boolean, modes?: readonly Mode[]): Arm => ({
  name,
  ...(modes ? { modes } : {}),
  run: async (worlds, budget) => (await runGepa(worlds, budget, merge)).campaigns,
});

/** Those with adapters for one component and one objective cannot say what the other worlds ask. */
const peers = (folder: Folder): Arm[] => [
  { name: "ax", run: (worlds, budget) => each(worlds, (world) => runAx(folder, world, budget, 20)) },
  {
    name: "ax, minibatch 3",
    run: (worlds, budget) => each(worlds, (world) => runAx(folder, world, budget, 3)),
  },
  { name: "dsts", run: (worlds, budget) => each(worlds, (world) => runDsts(folder, world, budget)) },
];

export interface Arms extends AsyncDisposable {
  readonly arms: readonly Arm[];
  /** Arms that could not be had, and why. */
  readonly skipped: readonly string[];
}

/** All arms that can be had on this machine. */
export async function openArms(): Promise<Arms> {
  const skipped: string[] = [];
  const folder = await installPeers().catch(() => {
    skipped.push("ax and dsts: npm could not install them");
    return null;
  });
  if (gepaPath() === undefined) skipped.push("gepa: GEPA_PYTHONPATH names no folder with the Python package");
  const python =
    gepaPath() === undefined ? [] : [gepa("gepa", false), gepa("gepa with merge", true, ["multi"])];
  return {
    arms: [
      ours("ours", {}),
      ours("ours, no racing", { racing: false }),
      ours("ours as GEPA", PARITY),
      ...python,
      ...(folder ? peers(folder) : []),
      { name: "best of N", run: (worlds, budget) => each(worlds, (world) => runBestOfN(world, budget)) },
    ],
    skipped,
    [Symbol.asyncDispose]: async () => folder?.[Symbol.asyncDispose](),
  };
}
