import { createHash } from "node:crypto";
import { z } from "zod";
import { draw } from "./draw.ts";
import { createReflector } from "./reflect.ts";
import { createWorld, type Mode, type Prompts, run, type World } from "./world.ts";

export interface GoldenCase {
  readonly prompts: Prompts;
  readonly example: string;
  readonly repeat: number;
  readonly component: string;
}

export const Golden = z.object({
  draw: z.number(),
  score: z.number(),
  complaints: z.array(z.number()).readonly(),
  text: z.string(),
});
export type Golden = z.infer<typeof Golden>;

/** Cases that reach every branch: prompts below and above 28 lines, memorized examples, wrong options. */
export function goldenCases(world: World, count: number): GoldenCase[] {
  const names = Object.keys(world.seed).sort();
  return Array.from({ length: count }, (_, i) => {
    const example = world.train[i % world.train.length] ?? "";
    const extra = Array.from({ length: i % 40 }, (__, line) => {
      const kind = draw("golden", i, line);
      return kind < 0.6
        ? `R${line % 24}=${Math.floor(kind * 40) % 4}`
        : kind < 0.7
          ? `F${example}`
          : `Note ${line}.`;
    });
    const prompts = Object.fromEntries(names.map((name) => [name, [world.seed[name], ...extra].join("\n")]));
    return { prompts, example, repeat: i % 3, component: names[i % names.length] ?? "" };
  });
}

export function goldenOf(world: World, cases: readonly GoldenCase[]): Golden[] {
  const reflect = createReflector(world);
  return cases.map(({ prompts, example, repeat, component }) => ({
    draw: draw(world.id, example, repeat),
    ...run(world, prompts, example, repeat),
    text: reflect(prompts, component, [{ example, complaints: world.examples[example] ?? [] }]),
  }));
}

/** Of 1,000 golden vectors of a mode's first world: pinned in a test, so that the world cannot change unseen. */
export function goldenDigest(mode: Mode): string {
  const world = createWorld(mode, 0);
  const vectors = goldenOf(world, goldenCases(world, 1_000));
  const texts = vectors.map(({ draw: drawn, score, complaints, text }) => [drawn, score, complaints, text]);
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex");
}

/** Throws when another implementation of the world differs in any bit. */
export function checkGolden(ours: readonly Golden[], theirs: readonly Golden[]): void {
  const at = ours.findIndex((one, i) => {
    const other = theirs[i];
    return (
      !other ||
      one.draw !== other.draw ||
      one.score !== other.score ||
      one.text !== other.text ||
      one.complaints.join() !== other.complaints.join()
    );
  });
  if (at >= 0 || ours.length !== theirs.length) throw new Error(`The worlds differ at golden vector ${at}`);
}
