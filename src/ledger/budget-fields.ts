import { z } from "zod";
import type { Budget } from "../model/ledger.ts";

/** Flat arguments of tools and options of commands that cap what a job may use. */
export const budgetFields = {
  maxCalls: z.int().min(1).optional(),
  maxLlmTokens: z.int().min(1).optional(),
  maxUsd: z.number().positive().optional(),
  maxMinutes: z.number().positive().optional(),
};

export interface BudgetArguments {
  readonly maxCalls?: number | undefined;
  readonly maxLlmTokens?: number | undefined;
  readonly maxUsd?: number | undefined;
  readonly maxMinutes?: number | undefined;
}

/** Undefined when nothing is capped. */
export function budgetOf({
  maxCalls,
  maxLlmTokens,
  maxUsd,
  maxMinutes,
}: BudgetArguments): Budget | undefined {
  const budget: Budget = {
    ...(maxCalls === undefined ? {} : { calls: maxCalls }),
    ...(maxLlmTokens === undefined ? {} : { tokens: maxLlmTokens }),
    ...(maxUsd === undefined ? {} : { usd: maxUsd }),
    ...(maxMinutes === undefined ? {} : { minutes: maxMinutes }),
  };
  return Object.keys(budget).length === 0 ? undefined : budget;
}
