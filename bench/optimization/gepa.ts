import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Campaign } from "./campaign.ts";
import { checkGolden, Golden, goldenCases, goldenOf } from "./golden.ts";
import type { World } from "./world.ts";

const Answer = z.object({
  version: z.string(),
  golden: z.array(Golden),
  campaigns: z.array(
    z.object({
      incumbents: z.array(z.object({ rollouts: z.number(), prompts: z.record(z.string(), z.string()) })),
      returned: z.record(z.string(), z.string()),
      observed: z.number(),
      reported: z.number(),
      cpuMs: z.number(),
      candidates: z.number(),
    }),
  ),
});

const GOLDEN_VECTORS = 1_000;
const driver = fileURLToPath(new URL("gepa_driver.py", import.meta.url));

/** The folder that holds the Python package `gepa`; undefined: it is not measured. */
export const gepaPath = (): string | undefined => process.env["GEPA_PYTHONPATH"];

/**
 * The Python package itself on the same worlds, in its own process. It is looked for in GEPA_PYTHONPATH alone, and
 * its worlds must agree with ours in every bit before it is measured.
 */
export async function runGepa(
  worlds: readonly World[],
  budget: number,
  merge: boolean,
): Promise<{ readonly version: string; readonly campaigns: readonly Campaign[] }> {
  const [first] = worlds;
  if (!first) return { version: "", campaigns: [] };
  const cases = goldenCases(first, GOLDEN_VECTORS);
  const env = { PATH: process.env["PATH"], PYTHONPATH: gepaPath() };
  const python = spawn("python3", [driver], { env, stdio: ["pipe", "pipe", "inherit"] });
  python.stdin.end(JSON.stringify({ worlds, budget, merge, golden: cases }));
  const { version, golden, campaigns } = Answer.parse(JSON.parse(await text(python.stdout)));
  checkGolden(goldenOf(first, cases), golden);
  return { version, campaigns };
}
