import { z } from "zod";
import { Json } from "../model/json.ts";
import type { JudgeLabel } from "../model/judge.ts";
import { nearMatch } from "../near-match.ts";
import { codeJudges } from "./builtin/index.ts";
import type { BuiltinJudge, Need, OtherNames } from "./definition.ts";
import { modelJudges } from "./model/index.ts";

const judges: readonly BuiltinJudge[] = [...codeJudges, ...modelJudges];

const byName: ReadonlyMap<string, BuiltinJudge> = new Map(
  judges.flatMap((judge) => [judge.name, ...(judge.aliases ?? [])].map((name) => [name, judge] as const)),
);

/** The built-in judge of a name or alias. */
export const findBuiltin = (name: string): BuiltinJudge | undefined => byName.get(name);

/** Names and aliases of all built-in judges. */
export const builtinNames = (): readonly string[] => [...byName.keys()];

const bare = (name: string): string =>
  name
    .toLowerCase()
    .replace(/\(.*?\)/g, "")
    .replace(/[^a-z0-9]/g, "")
    .replace(/(?:metric|evaluator|prompt|scorer|judge)$/, "");

const otherNamesOf = (judge: BuiltinJudge): readonly string[] =>
  Object.values(judge.otherNames).flatMap((names) => names?.split(/,\s*/) ?? []);

/** The built-in judge that another library knows by this name, in whatever spelling: `FaithfulnessMetric`, `is-json`. */
export function findByOtherName(name: string): BuiltinJudge | undefined {
  const wanted = bare(name);
  if (wanted === "") return undefined;
  const own = judges.find((judge) =>
    [judge.name, ...(judge.aliases ?? [])].some((one) => bare(one) === wanted),
  );
  return own ?? judges.find((judge) => otherNamesOf(judge).some((one) => bare(one) === wanted));
}

/** What was probably meant by a name that is none: another library's name, or a misspelt one. */
export function suggestBuiltin(name: string, further: Iterable<string> = []): string | undefined {
  return nearMatch(name, [...byName.keys(), ...further]) ?? findByOtherName(name)?.name ?? partOf(name);
}

/** `refusal` is part of `no_refusal`, where only one judge has it. */
function partOf(name: string): string | undefined {
  const wanted = bare(name);
  const found = judges.filter((judge) => bare(judge.name).includes(wanted));
  return wanted.length >= 4 && found.length === 1 ? found[0]?.name : undefined;
}

export interface ListedJudge {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly kind: BuiltinJudge["kind"];
  readonly level: BuiltinJudge["level"];
  readonly summary: string;
  readonly needs: readonly Need[];
  readonly otherNames: OtherNames;
}

const listed = ({
  name,
  aliases = [],
  kind,
  level,
  summary,
  needs,
  otherNames,
}: BuiltinJudge): ListedJudge => ({
  name,
  aliases,
  kind,
  level,
  summary,
  needs,
  otherNames,
});

const LEAST_WORD = 3;

/** How well a judge answers a search: the same name counts most, then words in names, then in the summary. */
function rank(judge: BuiltinJudge, words: readonly string[]): number {
  const written = [judge.name, ...(judge.aliases ?? []), ...otherNamesOf(judge)];
  const names = written.map(bare);
  const whole = written.filter((name) => !name.includes("(")).map(bare);
  const summary = judge.summary.toLowerCase();
  return words
    .map((word) => {
      const name = bare(word);
      // A name with a remark, as in `GEval (correctness)`, is only partly the same.
      if (name.length >= LEAST_WORD && whole.includes(name)) return 10;
      if (name.length >= LEAST_WORD && names.includes(name)) return 6;
      if (name.length >= LEAST_WORD && names.some((one) => one.includes(name))) return 3;
      return word.length > LEAST_WORD && summary.includes(word.toLowerCase()) ? 1 : 0;
    })
    .reduce<number>((sum, points) => sum + points, 0);
}

/**
 * The built-in judges, or those that a search finds, best first: words of a name here or in another library
 * (`FaithfulnessMetric`), or of what is judged. What matches much worse than the best is left out.
 */
export function listBuiltins(search = ""): readonly ListedJudge[] {
  const words = search.match(/[\p{L}\p{N}_:-]+/gu) ?? [];
  if (words.length === 0) return judges.map(listed);
  const ranked = judges
    .map((judge) => ({ judge, points: rank(judge, words) }))
    .sort((a, b) => b.points - a.points);
  const best = ranked[0]?.points ?? 0;
  return ranked.filter(({ points }) => points > 0 && points * 2 >= best).map(({ judge }) => listed(judge));
}

export interface DescribedJudge extends ListedJudge {
  /** Passing needs this value; null: nothing passes unless a threshold is given. */
  readonly threshold: number | null;
  readonly goal: "higher" | "lower";
  readonly bounded: boolean;
  /** JSON Schema of its parameters. */
  readonly params: Json;
  readonly labels: readonly JudgeLabel[];
}

/** Everything about one built-in judge: what it takes, what passes, and a model judge's labels. */
export function describeBuiltin(judge: BuiltinJudge): DescribedJudge {
  return {
    ...listed(judge),
    threshold: judge.threshold,
    goal: judge.kind === "code" ? judge.goal : "higher",
    bounded: judge.kind === "code" ? judge.bounded : true,
    params: Json.parse(z.toJSONSchema(judge.params, { io: "input" })),
    labels: judge.kind === "code" ? [] : judge.labels,
  };
}
