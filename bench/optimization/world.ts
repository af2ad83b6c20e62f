import { z } from "zod";
import { draw, pick } from "./draw.ts";

/**
 * A world of hidden rules, in which optimizers can be measured without a language model and without noise in the
 * measure. An example needs one to four of 24 rules; a prompt follows a rule when it has the line `R<rule>=<option>` with the rule's
 * option; `F<example>` memorizes one example and helps no other; all other lines are filler. Beyond 28 lines a line
 * is followed with a probability that falls by 2 % for each further line. So a prompt's expected score is exact.
 */
export const MODES = ["partial", "binary", "flips", "jitter", "null", "multi", "objectives"] as const;

/**
 * - `partial`: share of an example's rules that were followed; `binary`: whether all were
 * - `flips`: as binary, but the judge is wrong in 10 % of verdicts; `jitter`: as partial on a scale of 0.2 to 0.8, with a judge off by up to 0.2
 * - `null`: an example's outcome depends on no prompt, and the judge is wrong in 10 %
 * - `multi`: as partial, with the rules spread over two components; `objectives`: as partial, and brevity counts
 */
export type Mode = (typeof MODES)[number];

export const World = z.object({
  id: z.string(),
  mode: z.enum(MODES),
  /** The right option of each rule, 0 to 3. */
  options: z.array(z.number().int()),
  /** The component in which each rule is followed. */
  places: z.array(z.string()),
  examples: z.record(z.string(), z.array(z.number().int())),
  train: z.array(z.string()),
  validation: z.array(z.string()),
  holdout: z.array(z.string()),
  test: z.array(z.string()),
  seed: z.record(z.string(), z.string()),
});
export type World = z.infer<typeof World>;

export type Prompts = Readonly<Record<string, string>>;

const RULES = 24;
const OPTIONS = 4;
const FREE_LINES = 28;
const LOSS_PER_LINE = 0.02;
export const FLIP = 0.1;
const JITTER = 0.2;
const SIZES = { train: 60, validation: 40, holdout: 100, test: 400 } as const;

/** 1 to 4 distinct rules, rule i with a weight of (i + 1)^-0.7. */
function tagsOf(world: string, example: string): number[] {
  const count = 1 + Math.floor(draw(world, "count", example) * 4);
  const tags: number[] = [];
  for (let i = 0; tags.length < count; i += 1) {
    const weights = Array.from({ length: RULES }, (_, rule) =>
      tags.includes(rule) ? 0 : (rule + 1) ** -0.7,
    );
    let mark = draw(world, "tag", example, i) * weights.reduce((sum, weight) => sum + weight, 0);
    const tag = weights.findIndex((weight) => {
      mark -= weight;
      return mark < 0;
    });
    if (tag >= 0) tags.push(tag);
  }
  return tags.sort((a, b) => a - b);
}

export function createWorld(mode: Mode, index: number): World {
  const id = `${mode}-${index}`;
  const rules = Array.from({ length: RULES }, (_, rule) => rule);
  const names = mode === "multi" ? ["answer", "lookup"] : ["instructions"];
  const options = rules.map((rule) => Math.floor(draw(id, "option", rule) * OPTIONS));
  const places = rules.map((rule) => pick(names, draw(id, "place", rule)) ?? "");
  const splits = Object.entries(SIZES).map(
    ([split, size]) => [split, Array.from({ length: size }, (_, i) => `${split}${i}`)] as const,
  );
  const ids = Object.fromEntries(splits);
  const seed = names.map((name) => {
    const lines = rules.filter((rule) => rule % 3 === 0 && places[rule] === name);
    return [name, ["Help the customer.", ...lines.map((rule) => `R${rule}=${options[rule]}`)].join("\n")];
  });
  return World.parse({
    id,
    mode,
    options,
    places,
    examples: Object.fromEntries(
      splits.flatMap(([, members]) => members.map((example) => [example, tagsOf(id, example)])),
    ),
    ...ids,
    seed: Object.fromEntries(seed),
  });
}

interface Reading {
  readonly rules: ReadonlyMap<number, number>;
  readonly memorized: ReadonlySet<string>;
  /** Chance that a line is followed. */
  readonly follow: number;
}

function read(text: string): Reading {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const rules = new Map<number, number>();
  const memorized = new Set<string>();
  for (const line of lines) {
    const rule = /^R(\d+)=(\d+)$/.exec(line);
    if (rule) rules.set(Number(rule[1]), Number(rule[2]));
    else if (/^F\w+$/.test(line)) memorized.add(line.slice(1));
  }
  return {
    rules,
    memorized,
    follow: Math.max(0, 1 - LOSS_PER_LINE * Math.max(0, lines.length - FREE_LINES)),
  };
}

const readings = new Map<string, Reading>();

/** Texts are read once; a bench has some ten thousand of them. */
function readingOf(text: string): Reading {
  const known = readings.get(text);
  if (known) return known;
  if (readings.size > 20_000) readings.clear();
  const reading = read(text);
  readings.set(text, reading);
  return reading;
}

export const nameOf = (prompts: Prompts): string =>
  Object.keys(prompts)
    .sort()
    .map((name) => `${name}:\n${prompts[name]}`)
    .join("\n\n");

/** For each rule of the example the chance that it is followed. */
function chances(world: World, prompts: Prompts, example: string): number[] {
  return (world.examples[example] ?? []).map((rule) => {
    const reading = readingOf(prompts[world.places[rule] ?? ""] ?? "");
    const right = reading.memorized.has(example) || reading.rules.get(rule) === world.options[rule];
    return right ? reading.follow : 0;
  });
}

const share = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const product = (values: readonly number[]): number => values.reduce((all, value) => all * value, 1);

/** In the null world the outcome is the example's own. */
const fate = (world: World, example: string): number => (draw(world.id, "fate", example) < 0.6 ? 1 : 0);

/** The judged score that a run is expected to get: exact. */
export function expectedScore(world: World, prompts: Prompts, example: string): number {
  if (world.mode === "null") return FLIP + (1 - 2 * FLIP) * fate(world, example);
  const all = chances(world, prompts, example);
  if (world.mode === "binary") return product(all);
  if (world.mode === "flips") return FLIP + (1 - 2 * FLIP) * product(all);
  return world.mode === "jitter" ? JITTER + (1 - 2 * JITTER) * share(all) : share(all);
}

export const expectedMean = (world: World, prompts: Prompts, examples: readonly string[]): number =>
  share(examples.map((example) => expectedScore(world, prompts, example)));

/** Every rule in its place and nothing else: 24 lines, all of them followed. */
export function oracle(world: World): Prompts {
  const names = Object.keys(world.seed);
  return Object.fromEntries(
    names.map((name) => [
      name,
      world.options
        .flatMap((option, rule) => (world.places[rule] === name ? [`R${rule}=${option}`] : []))
        .join("\n"),
    ]),
  );
}

export interface Run {
  readonly score: number;
  /** Rules that the judge complains of. */
  readonly complaints: readonly number[];
}

/** One run and its judgement. */
export function run(world: World, prompts: Prompts, example: string, repeat: number): Run {
  const tags = world.examples[example] ?? [];
  const text = nameOf(prompts);
  const at = (role: string, i = 0) => draw(world.id, role, text, example, repeat, i);
  const followed = chances(world, prompts, example).map(
    (chance, i) => chance >= 1 || (chance > 0 && at("follow", i) < chance),
  );
  const unmet = tags.filter((_, i) => !followed[i]);
  if (world.mode === "jitter") {
    const clean = JITTER + (1 - 2 * JITTER) * share(followed.map(Number));
    return { score: clean + JITTER * (2 * at("jitter") - 1), complaints: unmet };
  }
  const binary = world.mode === "null" ? fate(world, example) : Number(unmet.length === 0);
  if (world.mode === "flips" || world.mode === "null") {
    const score = at("flip") < FLIP ? 1 - binary : binary;
    const wrong = [pick(tags, at("complaint")) ?? 0];
    return {
      score,
      complaints: score === 1 ? [] : world.mode === "flips" && unmet.length > 0 ? unmet : wrong,
    };
  }
  return { score: world.mode === "binary" ? binary : share(followed.map(Number)), complaints: unmet };
}
