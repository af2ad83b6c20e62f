import { resolveJudge } from "../judges/resolve.ts";
import { judgeSurroundings } from "../judges/save.ts";
import { Layer } from "../model/census.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import { promptText } from "../prompts.ts";

/** The label of a conversation in which nothing went wrong. */
export const NOTHING = "nothing";

const MEANS: Readonly<Record<Layer, string>> = {
  prompt:
    "The agent's instructions: a rule is missing, unclear or contradictory, and the agent did what they say.",
  tool: "A tool: it failed, was too slow, returned wrong or too little, is missing, or its description misleads.",
  retrieval: "What was looked up: the wrong documents, or none, though right ones must exist.",
  model:
    "The model: it had the rules and the facts before it and still reasoned, planned or answered wrongly.",
  memory: "Memory: something said or learned before was lost, stale, irrelevant or another user's.",
  user: "The user: a request that is contradictory, abusive or out of scope, with which no agent could do better.",
  harness: "The program around the agent: errors, timeouts, limits, lost messages, broken hand-over.",
};

/** The question of a note as a judge: its labels are the layers, its rationale is the note. */
export async function noteJudge(level: "traces" | "sessions"): Promise<ResolvedJudge> {
  return resolveJudge(
    {
      name: "issue_note",
      instructions: promptText("census/note"),
      level: level === "sessions" ? "session" : "trace",
      labels: [
        { label: NOTHING, means: "Nothing went wrong that would be worth mending.", value: 1 },
        ...Layer.options.map((label) => ({ label, means: MEANS[label], value: 0 })),
      ],
    },
    await judgeSurroundings(),
  );
}
