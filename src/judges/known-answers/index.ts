import type { ResolvedJudge } from "../../model/judge.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import type { Subject } from "../model/sections.ts";
import { agentChecks } from "./agents.ts";
import { answerChecks } from "./answers.ts";
import { conversationChecks } from "./conversations.ts";
import { evidenceChecks } from "./evidence.ts";
import { instructionChecks } from "./instructions.ts";
import type { Fields, KnownAnswer, KnownAnswers } from "./known-answer.ts";
import { pairChecks } from "./pairs.ts";

const CHECKS: KnownAnswers = {
  ...answerChecks,
  ...evidenceChecks,
  ...instructionChecks,
  ...agentChecks,
  ...conversationChecks,
  ...pairChecks,
};

/** A question of a judge whose right label is known. */
export interface KnownQuestion {
  /** The judge as shipped: the user's notes could make another label right. */
  readonly judge: ResolvedJudge;
  readonly subject: Subject;
  readonly label: string;
}

const WENT_WELL: JudgedItem["run"] = {
  ok: true,
  error: null,
  durationMs: null,
  costUsd: null,
  inputTokens: null,
  outputTokens: null,
  steps: null,
  innerErrors: null,
};

const itemOf = (fields: Fields): JudgedItem => ({
  inputs: null,
  output: null,
  system: null,
  conversation: [],
  toolCalls: [],
  tools: null,
  retrievals: [],
  state: null,
  expectations: {},
  ...fields,
  run: WENT_WELL,
});

function subjectOf({ item: fields, second }: KnownAnswer): Subject {
  const item = itemOf(fields);
  if (second !== undefined) return { kind: "pair", first: item, second: itemOf(second) };
  const [retrieval] = item.retrievals;
  return retrieval === undefined ? { kind: "item", item } : { kind: "retrieval", item, retrieval };
}

/**
 * Two to four tiny items for a built-in judge, to be mixed in unmarked, so that whoever answers can be seen to read and
 * to follow the rubric. None for a user's own judge.
 */
export const knownAnswers = (judge: ResolvedJudge): readonly KnownQuestion[] =>
  (CHECKS[judge.builtin ?? ""] ?? []).map((known) => ({
    judge: { ...judge, params: { ...known.params } },
    subject: subjectOf(known),
    label: known.label,
  }));
