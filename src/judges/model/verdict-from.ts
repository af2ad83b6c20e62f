import type { ResolvedJudge } from "../../model/judge.ts";
import type { Cut, Verdict } from "../../model/verdict.ts";
import { blankVerdict, sourceOf } from "../blank-verdict.ts";
import { meanOutcome, type Outcome, pairOutcome, singleOutcome, turnsOutcome } from "./aggregate.ts";
import type { Answered, JudgeAnswer, Question } from "./question.ts";
import { namedTurns, turnReadings } from "./read-parts.ts";
import { readVerdict } from "./read-verdict.ts";
import { rubricOf } from "./rubric.ts";

/** Means of thirds end a hair beside 1. */
const ROUNDING = 1e-9;

/** A verdict with threshold and negation applied: negated, the value is 1 minus it, and what passed fails. */
export function settle(judge: ResolvedJudge, outcome: Outcome): Outcome & Pick<Verdict, "pass"> {
  const turned = (value: number | null) => (value === null || !judge.negate ? value : 1 - value);
  const { value, parts } = outcome;
  const reaches = value === null || judge.threshold === null ? null : value >= judge.threshold - ROUNDING;
  return {
    ...outcome,
    value: turned(value),
    pass: reaches === null ? null : reaches !== judge.negate,
    parts: parts.map((part) => ({ ...part, value: turned(part.value) })),
  };
}

const readingOf = (judge: ResolvedJudge, answer: Extract<JudgeAnswer, { state: "answered" }>) =>
  readVerdict(answer.answer, judge.labels, { truncated: answer.truncated });

/** Notes come to nothing by themselves: those that could not be carried on end the asking. */
const unreadNotes = (answer: JudgeAnswer): Outcome => ({
  state: "unscored",
  value: null,
  label: null,
  rationale: null,
  reason: answer.state === "answered" && answer.truncated ? "truncated" : "malformed",
  parts: [],
});

/** A verdict on a conversation, with the turns that its rationale names as its parts. */
function withTurns(outcome: Outcome, { turns: known }: Question): Outcome {
  const { rationale, turns } = namedTurns(outcome.rationale, known);
  const { label, value, state } = outcome;
  const parts =
    state === "scored" ? turns.map((turn) => ({ spanId: null, turn, label, value, rationale })) : [];
  return { ...outcome, rationale, parts };
}

function outcomeOf(judge: ResolvedJudge, all: readonly Answered[]): Outcome {
  const last = all.at(-1);
  if (last?.question.ask.wants === "notes") return unreadNotes(last.answer);
  const answered = all.filter(({ question }) => question.ask.wants !== "notes");
  if (answered.some(({ question }) => question.ask.wants === "turns"))
    return turnsOutcome(
      answered.flatMap(({ question, answer }) =>
        answer.state === "answered" ? turnReadings(question, answer, judge.labels) : [],
      ),
    );
  const read = answered.flatMap(({ question, answer }) =>
    answer.state === "answered" ? [{ question, reading: readingOf(judge, answer) }] : [],
  );
  const [first, second] = read;
  if (first === undefined) throw new Error("a verdict needs an answer");
  const { shape } = rubricOf(judge);
  if (shape === "single" && judge.level === "session")
    return withTurns(singleOutcome(first.reading), first.question);
  if (shape === "single") return singleOutcome(first.reading);
  if (shape === "per_retrieval")
    return meanOutcome(
      read.flatMap(({ question, reading }) => question.places.map((place) => ({ place, reading }))),
    );
  if (second === undefined) throw new Error("a pair needs the answers to both orders");
  return pairOutcome(first.reading, second.reading);
}

/** Cuts of all questions by what was cut; both orders of a pair show the same. */
function cutsOf(questions: readonly Question[], isPair: boolean): Cut[] {
  const cuts = new Map<string, number>();
  for (const { ask } of isPair ? questions.slice(0, 1) : questions)
    for (const { what, chars } of ask.cuts) cuts.set(what, (cuts.get(what) ?? 0) + chars);
  return [...cuts].map(([what, chars]) => ({ what, chars }));
}

/** The sum of a measure over all answers; null when one is unknown. */
function total(
  answered: readonly Answered[],
  field: "costUsd" | "inputTokens" | "outputTokens",
): number | null {
  const values = answered.map(({ answer }) => (answer.state === "answered" ? answer[field] : 0));
  return values.reduce<number | null>(
    (sum, value) => (sum === null || value === null ? null : sum + value),
    0,
  );
}

/**
 * The verdict on an item from the answers to all its questions, in the questions' order. One question that could not be
 * asked makes it an `error`: nothing is concluded from a part. Of a chain, the questions that were asked: the last decides.
 */
export function verdictFrom(judge: ResolvedJudge, answered: readonly Answered[]): Verdict {
  const questions = answered.map(({ question }) => question);
  const [first] = answered;
  const spent = {
    source: first?.answer.source ?? sourceOf(judge),
    cuts: cutsOf(questions, rubricOf(judge).shape === "pair"),
    costUsd: total(answered, "costUsd"),
    inputTokens: total(answered, "inputTokens"),
    outputTokens: total(answered, "outputTokens"),
  };
  const failed = answered.flatMap(({ answer }) => (answer.state === "failed" ? [answer] : []))[0];
  if (failed)
    return {
      ...blankVerdict("error", failed.source),
      ...spent,
      source: failed.source,
      reason: failed.reason,
    };
  return { ...blankVerdict("scored", spent.source), ...spent, ...settle(judge, outcomeOf(judge, answered)) };
}
