import type { LabelOptions } from "./contract.ts";

export type Role = "session" | "trace" | "span" | "feedback" | "rationale" | "author" | "time" | "tag";

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

const IDS: Readonly<Record<string, Role>> = {
  session: "session",
  sessionid: "session",
  conversationid: "session",
  threadid: "session",
  chatid: "session",
  traceid: "trace",
  trace: "trace",
  spanid: "span",
  observationid: "span",
};

/** Names that say by themselves that a column is somebody's verdict. */
const FEEDBACK =
  /^(reward|score|label|rating|thumbs?|passed|pass|success|successful|correct|correctness|verdict|feedback|grade|quality|stars|helpful|resolved|satisfaction|satisfied|humanwinner|vote)$/;

const BESIDE: Readonly<Record<string, Role>> = {
  rationale: "rationale",
  reason: "rationale",
  explanation: "rationale",
  comment: "rationale",
  comments: "rationale",
  justification: "rationale",
  annotator: "author",
  rater: "author",
  reviewer: "author",
  labeler: "author",
  author: "author",
  timestamp: "time",
  time: "time",
  createdat: "time",
  date: "time",
};

/** What a column means, by its name or because it was named as feedback. */
export function roleOf(column: string, labels: LabelOptions): Role {
  if (labels.columns?.includes(column)) return "feedback";
  const name = plain(column);
  const id = Object.hasOwn(IDS, name) ? IDS[name] : undefined;
  if (id) return id;
  if (labels.columns === undefined && FEEDBACK.test(name)) return "feedback";
  return (Object.hasOwn(BESIDE, name) ? BESIDE[name] : undefined) ?? "tag";
}

/** Whether columns make a feedback file: what it is about, and a verdict. */
export function areFeedbackColumns(columns: readonly string[], labels: LabelOptions): boolean {
  const roles = columns.map((column) => roleOf(column, labels));
  return roles.includes("feedback") && (roles.includes("session") || roles.includes("trace"));
}
