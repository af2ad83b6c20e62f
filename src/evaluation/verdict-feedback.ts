import { hashOf } from "../canonical.ts";
import type { Assessment, AssessmentSource } from "../model/assessment.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { Verdict } from "../model/verdict.ts";

type Target = { readonly sessionId: string } | { readonly traceId: string };

const SOURCES: Readonly<Record<Verdict["source"]["kind"], AssessmentSource>> = {
  code: "code",
  llm_judge: "llm_judge",
  coding_agent: "coding_agent",
  human: "human",
};

/** Which judge in which version, and who answered. */
const sourceIdOf = ({ name, version, hash }: ResolvedJudge, { source }: Verdict): string =>
  [`${name}${version === null ? "" : `@${version}`}`, hash.slice(0, 8), source.id].filter(Boolean).join(" ");

/** Of code whether it passed, which filters read best; of a rubric its label, which says more. */
const valueOfVerdict = ({ label, pass, value, source }: Verdict): Assessment["value"] =>
  source.kind === "code" ? (pass ?? value) : (label ?? pass ?? value);

/**
 * A scored verdict as feedback on what was judged, and each of its places (a retrieval) as feedback on its span. The same
 * verdict has the same id, so that a repeated job adds nothing.
 */
export function feedbackOf(
  judge: ResolvedJudge,
  verdict: Verdict,
  target: Target,
  nowUs: number,
): Assessment[] {
  if (verdict.state !== "scored") return [];
  const traceId = "traceId" in target ? target.traceId : null;
  const base = {
    kind: "feedback" as const,
    name: judge.name,
    quote: null,
    source: SOURCES[verdict.source.kind],
    sourceId: sourceIdOf(judge, verdict),
    traceId,
    sessionId: "sessionId" in target ? target.sessionId : null,
    responseId: null,
    createdUs: nowUs,
    supersededBy: null,
  };
  const idOf = (spanId: string | null): string =>
    `jv-${hashOf([judge.hash, judge.model, traceId, base.sessionId, spanId, valueOfVerdict(verdict)]).slice(0, 24)}`;
  const parts = traceId === null ? [] : verdict.parts.filter(({ spanId }) => spanId !== null);
  return [
    { ...base, id: idOf(null), value: valueOfVerdict(verdict), rationale: verdict.rationale, spanId: null },
    ...parts.map(({ spanId, label, value, rationale }) => ({
      ...base,
      id: idOf(spanId),
      value: label ?? value,
      rationale,
      spanId,
    })),
  ];
}
