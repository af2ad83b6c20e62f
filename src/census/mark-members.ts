import { hashOf } from "../canonical.ts";
import type { Assessment } from "../model/assessment.ts";
import { isIssueFeedback, issueFeedbackName } from "../model/issue-feedback.ts";
import type { Hit } from "./signal.ts";

/** Whose feedback it is, so that a later census supersedes an earlier one's. */
const SOURCE_ID = "census";

const MAX_RATIONALE = 400;

export interface Mark {
  /** The kind's id. */
  readonly kind: string;
  readonly rationale: string;
  readonly quote: string | null;
}

/** What a unit's hits say in one line: the first of them, and how many more there are. */
export function markOf(kind: string, hits: readonly Hit[]): Mark {
  const [first] = hits;
  const where = first?.turn ? `turn ${first.turn}: ` : "";
  const more = hits.length > 1 ? ` (and ${hits.length - 1} more)` : "";
  return {
    kind,
    rationale: `${where}${first?.detail ?? ""}${more}`.slice(0, MAX_RATIONALE),
    quote: hits.find(({ quote }) => quote !== null)?.quote ?? null,
  };
}

interface Target {
  readonly level: "traces" | "sessions";
  readonly id: string;
  /** What is there already. */
  readonly assessments: readonly Assessment[];
}

const isOwn = ({ name, sourceId }: Assessment, target: Target, given: Assessment): boolean =>
  isIssueFeedback(name) &&
  sourceId === SOURCE_ID &&
  (target.level === "sessions" ? given.sessionId === target.id : given.traceId === target.id);

/**
 * The feedback that marks a unit as a member of kinds (`issue.KIND = true`), only what is not said yet; and `false` of
 * those of `judged` that an earlier census found and this one does not.
 */
export function issueFeedback(
  target: Target,
  marks: readonly Mark[],
  judged: ReadonlySet<string>,
  by: { readonly jobId: string; readonly nowUs: number },
): Assessment[] {
  const standing = new Map(
    target.assessments.filter((one) => isOwn(one, target, one)).map((one) => [one.name, one]),
  );
  const make = (name: string, value: boolean, mark: Omit<Mark, "kind">): Assessment => ({
    id: `is-${hashOf([by.jobId, name, target.id, value]).slice(0, 24)}`,
    kind: "feedback",
    name,
    value,
    rationale: mark.rationale,
    quote: mark.quote,
    source: "code",
    sourceId: SOURCE_ID,
    traceId: target.level === "traces" ? target.id : null,
    spanId: null,
    sessionId: target.level === "sessions" ? target.id : null,
    responseId: null,
    createdUs: by.nowUs,
    supersededBy: null,
  });
  const found = new Set(marks.map(({ kind }) => issueFeedbackName(kind)));
  const added = marks.flatMap((mark) => {
    const name = issueFeedbackName(mark.kind);
    const known = standing.get(name);
    return known?.value === true && known.rationale === mark.rationale ? [] : [make(name, true, mark)];
  });
  const gone = [...standing.values()].flatMap(({ name, value }) =>
    value === true && judged.has(name) && !found.has(name)
      ? [make(name, false, { rationale: "a later census did not find it", quote: null })]
      : [],
  );
  return [...added, ...gone];
}
