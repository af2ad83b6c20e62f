import { hashOf } from "../canonical.ts";
import { blankVerdict } from "../judges/blank-verdict.ts";
import { settle } from "../judges/model/verdict-from.ts";
import type { Assessment, AssessmentSource } from "../model/assessment.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { Verdict, VerdictPart } from "../model/verdict.ts";

type Target = { readonly sessionId: string } | { readonly traceId: string };

const SOURCES: Readonly<Record<Verdict["source"]["kind"], AssessmentSource>> = {
  code: "code",
  llm_judge: "llm_judge",
  coding_agent: "coding_agent",
  human: "human",
};

/** Which judge in which version, and who answered. */
const sourceIdOf = (judge: ResolvedJudge, { source }: Verdict): string =>
  [judgeId(judge), source.id].filter(Boolean).join(" ");

/** How feedback names the judge that it is of: whatever else its source says stands after a blank. */
export const judgeId = ({ name, version, hash }: ResolvedJudge): string =>
  `${name}${version === null ? "" : `@${version}`} ${hash.slice(0, 8)}`;

/** Of code whether it passed, which filters read best; of a rubric its label, which says more. */
const valueOfVerdict = ({ label, pass, value, source }: Verdict): Assessment["value"] =>
  source.kind === "code" ? (pass ?? value) : (label ?? pass ?? value);

type Placed = Omit<VerdictPart, "turn"> & { readonly turn?: number };

/**
 * Of a trace the parts with a span; of a session those with a turn, each turn once: what counts least there, since code
 * judges may find several things in one turn.
 */
function placesOf(parts: readonly VerdictPart[], isTrace: boolean): readonly Placed[] {
  if (isTrace) return parts.flatMap(({ turn: _, ...part }) => (part.spanId === null ? [] : [part]));
  const byTurn = new Map<number, Placed>();
  for (const { turn, ...part } of parts) {
    const known = turn === null ? undefined : byTurn.get(turn);
    if (turn === null || turn < 1 || (known && (known.value ?? 1) <= (part.value ?? 1))) continue;
    byTurn.set(turn, { ...part, spanId: null, turn });
  }
  return [...byTurn.values()];
}

const valueOfPart = ({ label, value }: Pick<VerdictPart, "label" | "value">, isCode: boolean) =>
  isCode && value !== null ? value >= 1 : (label ?? value);

/** Why something was judged that nobody named: the share of the traffic that was drawn, and the state that it was in. */
export interface Draw {
  readonly rate: number;
  /** Another one, judged again, is another verdict. */
  readonly revision: number;
}

/**
 * A scored verdict as feedback on what was judged, and each of its places as feedback on its span (a retrieval) or its
 * turn. The same verdict has the same id, so that a repeated job adds nothing.
 */
export function feedbackOf(
  judge: ResolvedJudge,
  verdict: Verdict,
  target: Target,
  nowUs: number,
  draw?: Draw,
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
    ...(draw ? { samplingRate: draw.rate } : {}),
  };
  const drawn = draw ? [draw.rate, draw.revision] : [];
  const idOf = (...place: (string | number | null)[]): string =>
    `jv-${hashOf([judge.hash, judge.model, traceId, base.sessionId, ...place, valueOfVerdict(verdict), ...drawn]).slice(0, 24)}`;
  const whole = { ...base, id: idOf(null), value: valueOfVerdict(verdict), rationale: verdict.rationale };
  const placed = placesOf(verdict.parts, traceId !== null).map(({ spanId, turn, ...part }) => ({
    ...base,
    ...(turn === undefined ? { id: idOf(spanId) } : { id: idOf("turn", turn, part.label, part.value), turn }),
    value: valueOfPart(part, verdict.source.kind === "code"),
    rationale: part.rationale,
    spanId,
  }));
  return [{ ...whole, spanId: null }, ...placed];
}

const KINDS = { llm: "llm_judge", assistant: "coding_agent" } as const;

/** Of a judge with labels, its scored verdict as it was kept as feedback; undefined when there is none of this version. */
export function keptVerdict(
  judge: ResolvedJudge,
  assessments: readonly Assessment[],
  target: Target,
): Verdict | undefined {
  if (judge.kind === "code") return undefined;
  const source = KINDS[judge.kind];
  const id = judgeId(judge);
  const kept = assessments.findLast(
    (one) =>
      one.kind === "feedback" &&
      one.name === judge.name &&
      one.source === source &&
      one.spanId === null &&
      one.turn === undefined &&
      ("traceId" in target ? one.traceId === target.traceId : one.sessionId === target.sessionId) &&
      (one.sourceId === id || one.sourceId?.startsWith(`${id} `) === true),
  );
  const label = judge.labels.find((known) => known.label === kept?.value);
  if (!kept || !label || label.value === null) return undefined;
  const blank = blankVerdict("scored", { kind: source, id: kept.sourceId?.slice(id.length + 1) || null });
  const { rationale } = kept;
  return {
    ...blank,
    ...settle(judge, { ...blank, value: label.value, label: label.label, rationale }),
  };
}
