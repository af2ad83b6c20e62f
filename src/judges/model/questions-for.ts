import type { ResolvedJudge } from "../../model/judge.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import type { Verdict } from "../../model/verdict.ts";
import { blankVerdict, sourceOf } from "../blank-verdict.ts";
import { failedRunVerdict } from "../failed-run.ts";
import { missingNeed } from "../needs.ts";
import { type Outcome, sideOf } from "./aggregate.ts";
import { type Chain, chainFor } from "./chain.ts";
import { isBeyond, type Modality, mediaOf } from "./media.ts";
import { type Question, type QuestionOptions, questionOf } from "./question.ts";
import { type Rubric, rubricOf } from "./rubric.ts";
import type { SectionName } from "./section-names.ts";
import { turnQuestions } from "./turn-questions.ts";
import { settle } from "./verdict-from.ts";

/** What a judge has to ask about an item, or what can be said of it without asking. */
export type Plan =
  | { readonly questions: readonly Question[] }
  | { readonly chain: Chain }
  | { readonly verdict: Verdict };

/** Plans of judges that compare pairs: nothing of them is asked one after the other. */
export type PairPlan = Exclude<Plan, { readonly chain: Chain }>;

/** How often a model or the assistant is asked, known before anything is. */
export const callsOf = (plan: Plan): number =>
  "verdict" in plan ? 0 : "chain" in plan ? plan.chain.length : plan.questions.length;

const NOWHERE = [{ spanId: null, turn: null }] as const;

const shows = (rubric: Rubric, ...names: readonly SectionName[]): boolean =>
  names.some((name) => rubric.sections.includes(name));

const asked = (item: JudgedItem) => item.conversation.findLast(({ role }) => role === "user");
const answer = (item: JudgedItem) => item.conversation.findLast(({ role }) => role === "assistant");

function isBeyondJudge(item: JudgedItem, rubric: Rubric, takes: readonly Modality[]): boolean {
  return (
    (shows(rubric, "output", "conversation", "trace") && isBeyond(answer(item), takes)) ||
    (shows(rubric, "inputs", "conversation", "trace") && isBeyond(asked(item), takes))
  );
}

/** Why an item cannot be asked about, as its verdict. */
function unaskable(
  judge: ResolvedJudge,
  rubric: Rubric,
  item: JudgedItem,
  options: QuestionOptions,
): Verdict | undefined {
  const unscored = blankVerdict("unscored", sourceOf(judge));
  const takes = judge.kind === "assistant" ? [] : (options.takes ?? []);
  if (isBeyondJudge(item, rubric, takes))
    return {
      ...unscored,
      reason: "media_unsupported",
      rationale: "it is media that the judge cannot be shown",
    };
  const output = item.output === null && mediaOf(answer(item)).length > 0 ? "media" : item.output;
  const missing = missingNeed({ ...item, output }, rubric.needs);
  if (missing === undefined) return undefined;
  return { ...unscored, reason: missing.reason, rationale: `the item has no ${missing.need}` };
}

/** One question for each different retrieval. */
function retrievalQuestions(judge: ResolvedJudge, item: JudgedItem, options: QuestionOptions) {
  const questions = new Map<string, Question>();
  item.retrievals.forEach((retrieval, i) => {
    const places = [{ spanId: retrieval.spanId, turn: null }];
    const named = { part: `retrieval ${i + 1}`, places };
    const question = questionOf(judge, { kind: "retrieval", item, retrieval }, named, options);
    const same = questions.get(question.keyMaterial);
    questions.set(
      question.keyMaterial,
      same === undefined ? question : { ...same, places: [...same.places, ...places] },
    );
  });
  return [...questions.values()];
}

/**
 * What a judge of one item (one answer, or a whole conversation) asks. Nothing is asked about a failed run (a scored
 * failure), an item that lacks what the judge needs, or media that it cannot see: the verdict comes at once. What is too
 * long for one question is asked about part by part, each question with the notes on the parts before; a judge of turns
 * asks about several turns at once. How many questions there are is known before any is asked.
 * @throws Error for a judge of pairs: a defect of the caller.
 */
export function questionsFor(judge: ResolvedJudge, item: JudgedItem, options: QuestionOptions = {}): Plan {
  const rubric = rubricOf(judge);
  if (rubric.shape === "pair") throw new Error(`${judge.name} judges pairs`);
  if (!item.run.ok && !rubric.judgesFailedRuns) return { verdict: failedRunVerdict(judge) };
  const verdict = unaskable(judge, rubric, item, options);
  if (verdict) return { verdict };
  if (rubric.shape === "per_retrieval") return { questions: retrievalQuestions(judge, item, options) };
  const questions = judge.level === "turn" ? turnQuestions(judge, item, options) : null;
  if (questions) return { questions };
  const chain = chainFor(judge, item, options);
  if (chain) return { chain };
  return {
    questions: [questionOf(judge, { kind: "item", item }, { part: "item", places: NOWHERE }, options)],
  };
}

/** A verdict on a pair that needs no asking. A failed run loses also where the judge is negated. */
function decided(
  judge: ResolvedJudge,
  value: number,
  reason: Verdict["reason"],
  rationale: string,
): PairPlan {
  const outcome: Outcome = { state: "scored", value, label: sideOf(value), rationale, reason, parts: [] };
  const blank = blankVerdict("scored", { kind: "code", id: null });
  return { verdict: { ...blank, ...settle({ ...judge, negate: false }, outcome) } };
}

/**
 * What a judge of pairs asks about two runs of one example, in both orders. The verdict is `one`'s: win, loss or tie. A
 * failed run loses to one that did not fail; what looks the same is a tie. Neither is asked about.
 * @throws Error for a judge of single items: a defect of the caller.
 */
export function pairQuestionsFor(
  judge: ResolvedJudge,
  one: JudgedItem,
  other: JudgedItem,
  options: QuestionOptions = {},
): PairPlan {
  const rubric = rubricOf(judge);
  if (rubric.shape !== "pair") throw new Error(`${judge.name} judges single items`);
  if (!one.run.ok || !other.run.ok) {
    const value = one.run.ok ? 1 : other.run.ok ? 0 : 0.5;
    return decided(judge, value, "run_failed", value === 0.5 ? "both runs failed" : "one run failed");
  }
  for (const item of [one, other]) {
    const verdict = unaskable(judge, rubric, item, options);
    if (verdict) return { verdict };
  }
  const orders = [
    { kind: "pair", first: one, second: other },
    { kind: "pair", first: other, second: one },
  ] as const;
  const questions = orders.map((subject, i) =>
    questionOf(judge, subject, { part: `order ${i + 1}`, places: NOWHERE }, options),
  );
  if (questions[0]?.keyMaterial === questions[1]?.keyMaterial)
    return decided(judge, 0.5, null, "both are the same");
  return { questions };
}
