import { AppError } from "../errors.ts";
import { createLlm } from "../llm/create-llm.ts";
import { resolveEndpoint } from "../llm/endpoints.ts";
import type { Llm } from "../llm/llm.ts";
import { LlmError, type LlmErrorKind } from "../llm/llm-error.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { Complete } from "../targets/complete.ts";

export async function openLlm(name: string | undefined): Promise<Llm> {
  const endpoint = await resolveEndpoint(name);
  if (!endpoint)
    throw new AppError("not_found", "No model endpoint is configured", {
      hint: "Set EVALWRIGHT_MODEL, or name endpoints in models.yaml in the data folder.",
    });
  return createLlm(endpoint);
}

/**
 * The clients of all endpoints that judges name, made before anything runs.
 * @throws AppError when one is not configured or its key is not where it should be.
 */
export async function llmsOf(judges: readonly ResolvedJudge[]): Promise<(name: string) => Llm> {
  const names = new Set(
    judges.flatMap(({ kind, model }) => (kind === "llm" && model !== null ? [model] : [])),
  );
  const llms = new Map<string, Llm>();
  for (const name of names) llms.set(name, await openLlm(name));
  return (name) => {
    const llm = llms.get(name);
    if (!llm) throw new Error("a judge names an endpoint that was not opened");
    return llm;
  };
}

const PROBE = { messages: [{ role: "user" as const, parts: [{ type: "text" as const, text: "x" }] }] };

/** Whether what a model's calls cost is known before they are made. */
export const isPriced = (llm: Llm): boolean => llm.estimate(PROBE).usd !== null;

/** The model would not or could not answer this input: the prompt's failure, not the endpoint's. */
const OF_THE_PROMPT: ReadonlySet<LlmErrorKind> = new Set(["content_filter", "truncated", "too_long"]);

/** What prompt targets ask their model with. */
export function completions(): Complete {
  const llms = new Map<string, Promise<Llm>>();
  return async ({ model, messages, settings }, { signal }) => {
    const opened = llms.get(model) ?? openLlm(model);
    llms.set(model, opened);
    const llm = await opened;
    const { temperature, maxOutputTokens, seed } = settings;
    try {
      const answer = await llm.complete(
        {
          messages,
          ...(typeof temperature === "number" ? { temperature } : {}),
          ...(typeof maxOutputTokens === "number" ? { maxOutputTokens } : {}),
          ...(typeof seed === "number" ? { seed } : {}),
        },
        { signal },
      );
      const { inputTokens, outputTokens } = answer.usage;
      return {
        text: answer.text,
        usage: { inputTokens, outputTokens, costUsd: answer.costUsd },
        cutOff: answer.finishReason === "length",
      };
    } catch (error) {
      if (error instanceof LlmError && OF_THE_PROMPT.has(error.kind))
        return { text: "", usage: null, error: error.message };
      throw error;
    }
  };
}
