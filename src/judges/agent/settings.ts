import { z } from "zod";
import type { ResolvedJudge } from "../../model/judge.ts";
import { readingParams } from "../model/define.ts";

const Params = z.object(readingParams);

const MAX_STEPS = 12;
const MAX_TOKENS = 150_000;

export interface ReadingSettings {
  readonly read: "prompt" | "tools" | "tools_if_long";
  /** Model calls of one judging. */
  readonly maxSteps: number;
  /** Input and output of all of them together. */
  readonly maxTokens: number;
  /** Null: no ceiling of its own. It holds where the model's price is known; tokens bound the rest. */
  readonly maxUsd: number | null;
}

/** How a judge reads what it judges. Only a model is given tools: the assistant has its own. */
export function readingSettings({ params, kind }: Pick<ResolvedJudge, "params" | "kind">): ReadingSettings {
  const {
    read = "prompt",
    maxSteps = MAX_STEPS,
    maxTokens = MAX_TOKENS,
    maxUsd = null,
  } = Params.parse(params);
  return { read: kind === "llm" ? read : "prompt", maxSteps, maxTokens, maxUsd };
}

export type Ceiling = "steps" | "tokens" | "usd";

/** The parameters that move the ceilings. */
export const PARAMS = { steps: "maxSteps", tokens: "maxTokens", usd: "maxUsd" } as const;

/** One ceiling in words. */
export function limitWords({ maxSteps, maxTokens, maxUsd }: ReadingSettings, ceiling: Ceiling): string {
  if (ceiling === "steps") return `${maxSteps} steps`;
  if (ceiling === "tokens") return `${maxTokens} tokens`;
  return maxUsd === null ? "no dollars of its own" : `$${maxUsd}`;
}
