import { judgeId } from "../../evaluation/verdict-feedback.ts";
import type { Assessment } from "../../model/assessment.ts";
import type { ResolvedJudge } from "../../model/judge.ts";

const PEOPLE: readonly Assessment["source"][] = ["human", "end_user"];
/** Under which a judge's verdicts stand. */
const JUDGES: readonly Assessment["source"][] = ["code", "llm_judge", "coding_agent"];

/** What one trace or session is said to be worth; `lower`: less is better. */
export interface Worth {
  readonly value: number;
  readonly goal: "higher" | "lower";
}

/** A verdict of this very judge: another version's is another measure. */
const isBy = ({ source, sourceId }: Assessment, judge: ResolvedJudge): boolean =>
  JUDGES.includes(source) &&
  (sourceId === judgeId(judge) || sourceId?.startsWith(`${judgeId(judge)} `) === true);

/** A yes or no says itself what is good; a number is what its judge says it is. */
function worthOf({ value }: Assessment, judge: ResolvedJudge | undefined): Worth | null {
  if (typeof value === "boolean") return { value: value ? 1 : 0, goal: "higher" };
  if (typeof value === "number") return { value, goal: judge?.goal ?? "higher" };
  const worth = judge?.labels.find(({ label }) => label === value)?.value ?? null;
  return worth === null ? null : { value: judge?.negate ? 1 - worth : worth, goal: "higher" };
}

/**
 * What was last said of one trace or session as a whole, by name. What people say counts everywhere; a judge's name counts
 * where it was asked by chance, as what is judged for another reason is no sample, and people correct it there.
 * @param asked the judges that were asked about it.
 * @param judges of the watch.
 */
export function newestOf(
  assessments: readonly Assessment[],
  asked: readonly ResolvedJudge[],
  judges: readonly ResolvedJudge[],
): Map<string, Worth> {
  const newest = new Map<string, Worth>();
  const whole = assessments.filter(
    ({ kind, spanId, turn }) => kind === "feedback" && spanId === null && turn === undefined,
  );
  const byPerson = (one: Assessment): number => (PEOPLE.includes(one.source) ? 1 : 0);
  for (const one of whole.toSorted((a, b) => byPerson(a) - byPerson(b) || a.createdUs - b.createdUs)) {
    const judge = asked.find(({ name }) => name === one.name);
    const isElsewhere = judge === undefined && judges.some(({ name }) => name === one.name);
    if (isElsewhere || !(PEOPLE.includes(one.source) || (judge && isBy(one, judge)))) continue;
    const worth = worthOf(one, judge);
    if (worth !== null) newest.set(one.name, worth);
  }
  return newest;
}
