import type { ResolvedJudge } from "../model/judge.ts";
import type { Verdict, VerdictSource } from "../model/verdict.ts";

const SOURCES = { code: "code", llm: "llm_judge", assistant: "coding_agent" } as const;

/** Who judges: the function or program of a code judge, the model's endpoint, or the assistant (not known before it answers). */
export function sourceOf(judge: Pick<ResolvedJudge, "kind" | "name" | "builtin" | "model">): VerdictSource {
  const id = { code: judge.builtin ?? judge.name, llm: judge.model, assistant: null }[judge.kind];
  return { kind: SOURCES[judge.kind], id };
}

/** A verdict of `state` that says nothing else yet. */
export const blankVerdict = (state: Verdict["state"], source: VerdictSource): Verdict => ({
  state,
  value: null,
  label: null,
  pass: null,
  rationale: null,
  reason: null,
  cuts: [],
  parts: [],
  source,
  costUsd: null,
  inputTokens: null,
  outputTokens: null,
});
