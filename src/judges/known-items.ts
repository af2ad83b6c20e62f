import type { ResolvedJudge } from "../model/judge.ts";
import { knownAnswers } from "./known-answers/index.ts";
import { type RenderedTask, renderTask } from "./model/render.ts";

/** A task whose right label is known. */
export interface KnownItem {
  readonly task: RenderedTask;
  readonly label: string;
}

/** The known-answer items of a built-in model judge, as the assistant would be asked them; none for others. */
export const knownItemsOf = (judge: ResolvedJudge): readonly KnownItem[] =>
  judge.kind === "assistant" && judge.level !== "turn"
    ? knownAnswers(judge).map((known) => ({
        task: renderTask(known.judge, known.subject),
        label: known.label,
      }))
    : [];
