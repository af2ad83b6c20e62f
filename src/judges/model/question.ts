import { z } from "zod";
import { canonicalJson } from "../../canonical.ts";
import { Json } from "../../model/json.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import { type VerdictPart, VerdictSource } from "../../model/verdict.ts";
import { messageTurns } from "../turns.ts";
import type { ShownExample } from "./examples.ts";
import type { Modality } from "./media.ts";
import { type Rendered, type RenderedTask, render, renderTask } from "./render.ts";
import type { Subject } from "./sections.ts";

/** Where in the item a question belongs. */
export type Place = Pick<VerdictPart, "spanId" | "turn">;

/** One question of a judge about an item, to be asked once. */
export interface Question {
  /** Names it among the questions about the same item: `item`, `retrieval 2`, `order 1`. */
  readonly part: string;
  /** Where its answer counts: more than one when the same was retrieved more than once. */
  readonly places: readonly Place[];
  /** Fixes the answer: hash it for the ledger's key. Equal for equal questions of whatever items. */
  readonly keyMaterial: string;
  /** Turns of the conversation that it is about. */
  readonly turns: readonly number[];
  readonly ask: ({ readonly by: "llm" } & Rendered) | ({ readonly by: "assistant" } & RenderedTask);
}

const answeredWith = z.object({
  state: z.literal("answered"),
  /** The text or the object that the model, or the assistant, answered; untrusted. */
  answer: Json,
  /** It stopped at a limit of length. */
  truncated: z.boolean(),
  source: VerdictSource,
  costUsd: z.number().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
});
const failedWith = z.object({
  state: z.literal("failed"),
  reason: z.enum(["judge_outage", "judge_failed", "over_budget"]),
  source: VerdictSource,
});

/** What came back for a question: JSON, so that it can be kept. */
export const JudgeAnswer = z.discriminatedUnion("state", [answeredWith, failedWith]);
export type JudgeAnswer = z.infer<typeof JudgeAnswer>;

export interface Answered {
  readonly question: Question;
  readonly answer: JudgeAnswer;
}

export interface QuestionOptions {
  /** Characters of an item that are shown. */
  readonly budget?: number | undefined;
  /** Kinds of media that the judge's model can be shown; the assistant is shown none. */
  readonly takes?: readonly Modality[] | undefined;
  /** What people labelled and is like the item. */
  readonly examples?: readonly ShownExample[] | undefined;
}

export function questionOf(
  judge: ResolvedJudge,
  subject: Subject,
  named: Pick<Question, "part" | "places">,
  options: QuestionOptions,
): Question {
  const { budget: maxChars, examples } = options;
  const ask =
    judge.kind === "assistant"
      ? ({ by: "assistant", ...renderTask(judge, subject, { maxChars, examples }) } as const)
      : ({ by: "llm", ...render(judge, subject, options) } as const);
  return questionFrom(judge, ask, named, subject.kind === "item" ? subject.item : null);
}

/** `item`: the whole that it is about, where its turns may be named. */
export function questionFrom(
  judge: ResolvedJudge,
  ask: Question["ask"],
  named: Pick<Question, "part" | "places">,
  item: JudgedItem | null,
): Question {
  const turns = item === null ? [] : [...new Set(messageTurns(item))];
  const shown =
    ask.by === "assistant"
      ? [ask.rubric, ask.item]
      : [ask.system, ask.user, ask.media.map(({ hash }) => hash)];
  return { ...named, keyMaterial: canonicalJson([judge.hash, ...shown]), ask, turns };
}
