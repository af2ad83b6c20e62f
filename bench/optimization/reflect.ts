import { draw, pick } from "./draw.ts";
import type { Prompts, World } from "./world.ts";

export interface Failure {
  readonly example: string;
  readonly complaints: readonly number[];
}

/** What the edit is, by a draw: mostly right, sometimes wrong, memorizing, forgetting or idle. */
const KINDS = [
  ["right", 0.55],
  ["wrong", 0.12],
  ["memorize", 0.18],
  ["drop", 0.1],
  ["filler", 0.05],
] as const;

function kindOf(uniform: number): (typeof KINDS)[number][0] {
  let mark = uniform;
  for (const [kind, chance] of KINDS) {
    mark -= chance;
    if (mark < 0) return kind;
  }
  return "filler";
}

function withRule(text: string, rule: number, option: number): string {
  const lines = text.split("\n").filter((line) => !line.startsWith(`R${rule}=`));
  return [...lines, `R${rule}=${option}`].join("\n");
}

/**
 * Stands for the reflection model: one edit of the component for the failures seen. Fixed by the world, the text, the
 * failures and how often it was asked just that before.
 */
export function createReflector(world: World) {
  const asked = new Map<string, number>();
  return (prompts: Prompts, component: string, failures: readonly Failure[]): string => {
    const text = prompts[component] ?? "";
    const here = failures
      .map(({ example, complaints }) => ({
        example,
        complaints: complaints.filter((rule) => world.places[rule] === component),
      }))
      .sort((a, b) => (a.example < b.example ? -1 : 1));
    const tokens = here.map(({ example, complaints }) => `${example}:${complaints.join("+")}`).join(" ");
    const question = `${component}|${text}|${tokens}`;
    const nth = asked.get(question) ?? 0;
    asked.set(question, nth + 1);
    const at = (role: string) => draw(world.id, role, question, nth);
    const kind = kindOf(at("kind"));
    const rules = [...new Set(here.flatMap(({ complaints }) => complaints))].sort((a, b) => a - b);
    const rule = pick(rules, at("rule"));
    if ((kind === "right" || kind === "wrong") && rule !== undefined) {
      const right = world.options[rule] ?? 0;
      const option = kind === "right" ? right : (right + 1 + Math.floor(at("option") * 3)) % 4;
      return withRule(text, rule, option);
    }
    const failure = pick(here, at("example"));
    if (kind === "memorize" && failure && !text.split("\n").includes(`F${failure.example}`))
      return `${text}\nF${failure.example}`;
    const lines = text.split("\n");
    if (kind === "drop" && lines.length > 1) {
      const gone = Math.floor(at("line") * lines.length);
      return lines.filter((_, i) => i !== gone).join("\n");
    }
    return `${text}\nRemember to be kind, case ${Math.floor(at("filler") * 1_000_000)}.`;
  };
}
