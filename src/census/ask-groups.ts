import { randomBytes } from "node:crypto";
import { z } from "zod";
import { callKey } from "../ledger/keys.ts";
import type { CallOutcome, CallResult, Ledger } from "../ledger/ledger.ts";
import { endpointFingerprint } from "../llm/fingerprint.ts";
import type { Llm, LlmRequest } from "../llm/llm.ts";
import { LlmError } from "../llm/llm-error.ts";
import { NO_SPEND } from "../model/ledger.ts";
import type { Message } from "../model/message.ts";
import { promptText } from "../prompts.ts";
import { costOf } from "../reading/budget.ts";
import type { SourceRef } from "../store/ledger-store.ts";
import { GROUPS_SCHEMA, type GroupAnswer, type GroupQuestion, isGroups } from "./group-notes.ts";

const RUBRIC = "census/group";

/** Characters that notes and kinds may take beside the rubric: within 8 kB for the assistant. */
export const roomFor = (by: "assistant" | "model"): number =>
  by === "model" ? 60_000 : Math.max(2_000, 6_800 - costOf(promptText(RUBRIC)));

const Said = z.object({ text: z.string() });

function answerFrom(result: CallResult): GroupAnswer {
  if (result.state === "pending" || result.state === "over_budget") return { held: result.state };
  if (result.state === "failed") return { text: null };
  return { text: Said.safeParse(result.answer).data?.text ?? null };
}

const said = (role: Message["role"], text: string): Message => ({ role, parts: [{ type: "text", text }] });

/** Asks a model to group notes, each question once. */
export async function askModelForGroups(
  { item }: GroupQuestion,
  sources: readonly SourceRef[],
  { ledger, llm, signal }: { readonly ledger: Ledger; readonly llm: Llm; readonly signal: AbortSignal },
): Promise<GroupAnswer> {
  const system = promptText(RUBRIC);
  const request: LlmRequest = {
    messages: [said("system", system), said("user", item)],
    answer: { name: "kinds", schema: GROUPS_SCHEMA, accepts: isGroups, whole: true },
    temperature: 0,
  };
  const key = callKey("group_name", { system, item, endpoint: endpointFingerprint(llm.endpoint) });
  const run = async (): Promise<CallOutcome> => {
    try {
      const { text, spend } = await llm.complete(request, { signal });
      return { answer: { text }, spent: spend };
    } catch (error) {
      if (error instanceof LlmError && error.kind !== "cancelled")
        return { failed: error.kind, spent: error.spend };
      throw error;
    }
  };
  return answerFrom(
    await ledger.call({ key, kind: "group_name", estimate: llm.estimate(request), sources }, run),
  );
}

/** Asks the attached assistant to group notes: a task that is answered by a text. */
export async function askAssistantForGroups(
  { item }: GroupQuestion,
  sources: readonly SourceRef[],
  { ledger }: { readonly ledger: Ledger },
): Promise<GroupAnswer> {
  const rubric = promptText(RUBRIC);
  const key = callKey("group_name", { rubric, item, endpoint: "assistant" });
  const result = await ledger.ask(
    { key, kind: "group_name", estimate: NO_SPEND, sources },
    {
      id: `g-${key.slice(0, 20)}`,
      kind: "group_name",
      rubric,
      item,
      labels: [],
      code: randomBytes(3).toString("hex"),
      check: null,
    },
  );
  return answerFrom(result);
}
