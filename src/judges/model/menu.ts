import type { JudgeLabel } from "../../model/judge.ts";

/** Every judge may say that it cannot decide; its verdict is then unscored. */
export const CANNOT_TELL = "cannot_tell";

const MEANS =
  "what would decide is not among what is shown, or the question does not fit the item. A close call is decided, not passed on";

/** The labels to choose from, `cannot_tell` last. */
export const menuOf = (labels: readonly JudgeLabel[]): readonly Pick<JudgeLabel, "label" | "means">[] => [
  ...labels.filter(({ label }) => label.toLowerCase() !== CANNOT_TELL),
  { label: CANNOT_TELL, means: MEANS },
];
