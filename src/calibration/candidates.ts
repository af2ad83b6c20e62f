import { resolveJudge } from "../judges/resolve.ts";
import { judgeSurroundings } from "../judges/save.ts";
import type { JudgeExample, JudgeSpec, ResolvedJudge } from "../model/judge.ts";
import type { AlignInput } from "./align-input.ts";
import { majority } from "./compare-labels.ts";
import type { LabelledItem } from "./labelled-item.ts";
import { peoplePass } from "./rates.ts";

/** A changed judge that is tried. */
export interface Candidate {
  readonly what: "rules" | "examples" | "rules and examples";
  readonly spec: JudgeSpec;
  readonly judge: ResolvedJudge;
}

/** As long as a judge's notes may be. */
const MAX_NOTES = 4_000;
const MOST_EXAMPLES = 100;

/** The judge's own label for what people say: theirs, else the only one that passes or fails as they do. */
export function labelFor({ labels, threshold, negate }: ResolvedJudge, item: LabelledItem): string | null {
  const said = item.labels.flatMap(({ category }) => category ?? []);
  const most = said.length === item.labels.length && said.length > 0 ? majority(said) : "contested";
  if (most !== "contested") return most.category;
  const pass = peoplePass(item);
  if (pass === null) return null;
  const alike = labels.filter(
    ({ value }) => value !== null && (value >= (threshold ?? 1) !== negate) === pass,
  );
  return alike.length === 1 ? (alike[0]?.label ?? null) : null;
}

/** Labelled sessions and traces of the training side, never of the other. */
function examplesOf(judge: ResolvedJudge, training: readonly LabelledItem[]): JudgeExample[] {
  return training
    .flatMap((item): JudgeExample[] => {
      const label = labelFor(judge, item);
      if (label === null) return [];
      if (item.place.kind === "session") return [{ sessionId: item.place.sessionId, label }];
      return item.place.kind === "trace" ? [{ traceId: item.place.traceId, label }] : [];
    })
    .slice(0, MOST_EXAMPLES);
}

function withRules(spec: JudgeSpec, rules: readonly string[]): JudgeSpec {
  const before = typeof spec.params["notes"] === "string" ? `${spec.params["notes"].trim()}\n` : "";
  const lines = rules.map((rule) => `- ${rule}`);
  while (lines.length > 0 && before.length + lines.join("\n").length > MAX_NOTES) lines.pop();
  const notes = `${before}${lines.join("\n")}`;
  return notes === "" ? spec : { ...spec, params: { ...spec.params, notes } };
}

/** What may be better than the judge as it is: rules, nearest labelled examples, and both together. */
export async function candidatesOf(
  { judge, spec, training, repository }: AlignInput,
  rules: readonly string[],
): Promise<readonly Candidate[]> {
  const known = spec.examples ?? [];
  const examples = known.length > 0 ? [] : examplesOf(judge, training);
  const ruled = withRules(spec, rules);
  const tried: Pick<Candidate, "what" | "spec">[] = [
    ...(rules.length > 0 ? [{ what: "rules" as const, spec: ruled }] : []),
    ...(examples.length > 0 ? [{ what: "examples" as const, spec: { ...spec, examples } }] : []),
    ...(rules.length > 0 && examples.length > 0
      ? [{ what: "rules and examples" as const, spec: { ...ruled, examples } }]
      : []),
  ];
  // Whoever answers as an assistant is asked about one change alone: each costs it as many answers as there are items.
  const chosen = judge.kind === "assistant" ? tried.slice(-1) : tried;
  const surroundings = { ...(await judgeSurroundings(repository)), defaultModel: judge.model };
  return Promise.all(
    chosen.map(async (one) => ({ ...one, judge: await resolveJudge(one.spec, surroundings) })),
  );
}
