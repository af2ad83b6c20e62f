import { applyCodeJudge } from "../../src/judges/apply-code.ts";
import { findBuiltin } from "../../src/judges/catalogue.ts";
import type { CodeJudgeTools } from "../../src/judges/definition.ts";
import { type ResolveOptions, resolveJudge } from "../../src/judges/resolve.ts";
import type { Json } from "../../src/model/json.ts";
import type { JudgeSpec } from "../../src/model/judge.ts";
import type { JudgedItem, JudgedToolCall, RunFacts } from "../../src/model/judged-item.ts";
import type { Message } from "../../src/model/message.ts";
import type { Verdict } from "../../src/model/verdict.ts";

export const run: RunFacts = {
  ok: true,
  error: null,
  durationMs: 1_200,
  costUsd: 0.002,
  inputTokens: 100,
  outputTokens: 20,
  steps: 3,
  innerErrors: 0,
};

/** An item with the given fields; all else empty, the run went well. */
export const judgedItem = (fields: Partial<JudgedItem>): JudgedItem => ({
  inputs: null,
  output: null,
  system: null,
  conversation: [],
  toolCalls: [],
  tools: null,
  retrievals: [],
  state: null,
  expectations: {},
  run: {
    ...run,
    durationMs: null,
    costUsd: null,
    inputTokens: null,
    outputTokens: null,
    steps: null,
    innerErrors: null,
  },
  ...fields,
});

/** An answer to a question, whose run was measured. */
export const item = (parts: Partial<JudgedItem> = {}): JudgedItem =>
  judgedItem({ inputs: "Where is my order?", output: "It has shipped.", run, ...parts });

export const said = (role: "user" | "assistant", text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});

export const call = (name: string, args: Json = {}, more: Partial<JudgedToolCall> = {}): JudgedToolCall => ({
  name,
  arguments: args,
  result: null,
  isError: false,
  spanId: null,
  turn: null,
  ...more,
});

export const options: ResolveOptions = { defaultModel: null, models: null, repositoryRoot: null };

type Spec = Parameters<typeof resolveJudge>[0];

/** The verdict of a code judge, as an evaluation gets it: resolved, then applied. */
export async function verdict(
  spec: Spec,
  judged: JudgedItem,
  more: Partial<ResolveOptions & CodeJudgeTools> = {},
): Promise<Verdict> {
  const resolved = await resolveJudge(spec, { ...options, ...more });
  const judge = findBuiltin(resolved.builtin ?? "");
  if (judge?.kind !== "code") throw new Error(`${resolved.name} is no code judge`);
  const { signal = new AbortController().signal, runCommand } = more;
  return await applyCodeJudge(judge, resolved, judged, { signal, runCommand });
}

/** `value` of a scored verdict, else its state and reason. */
export async function outcome(
  builtin: string,
  params: JudgeSpec["params"],
  judged: Partial<JudgedItem>,
): Promise<number | string | null> {
  const found = await verdict({ name: "mine", builtin, params }, item(judged));
  if (found.state === "scored") return found.value;
  return found.reason === null ? found.state : `${found.state} ${found.reason}`;
}
