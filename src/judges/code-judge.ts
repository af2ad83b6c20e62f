import type { z } from "zod";
import type { Json } from "../model/json.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import type { VerdictReason } from "../model/verdict.ts";
import type { CodeFinding, CodeJudge, CodeJudgeTools, Surroundings } from "./definition.ts";

interface Definition<Params extends z.ZodObject>
  extends Omit<CodeJudge, "kind" | "params" | "prepare" | "judge"> {
  readonly params: Params;
  prepare?(params: z.output<Params>, surroundings: Surroundings): Promise<Json>;
  judge(
    item: JudgedItem,
    params: z.output<Params>,
    tools: CodeJudgeTools,
  ): CodeFinding | Promise<CodeFinding>;
}

/** A code judge whose function gets its parameters with their types. */
export function codeJudge<Params extends z.ZodObject>(definition: Definition<Params>): CodeJudge {
  const { params: schema } = definition;
  return {
    ...definition,
    kind: "code",
    prepare: async (params, surroundings) =>
      (await definition.prepare?.(schema.parse(params), surroundings)) ?? null,
    judge: (item, params, tools) => definition.judge(item, schema.parse(params), tools),
  };
}

/** Yes or no. */
export const decided = (yes: boolean, rationale: string): CodeFinding => ({ value: yes ? 1 : 0, rationale });

/** A share of what was asked for, in [0, 1]. */
export const share = (part: number, whole: number, rationale: string): CodeFinding => ({
  value: whole === 0 ? 1 : part / whole,
  rationale,
});

export const unscored = (unscored: VerdictReason, rationale: string): CodeFinding => ({
  value: null,
  unscored,
  rationale,
});

export const notApplicable = (rationale: string): CodeFinding => ({
  value: null,
  notApplicable: true,
  rationale,
});

const QUOTED = 160;

/** A text for a rationale: JSON, so that its ends and its white space show, cut at 160 characters. */
export const quoted = (text: string): string =>
  text.length > QUOTED
    ? `${JSON.stringify(text.slice(0, QUOTED).toWellFormed())}… (${text.length} characters)`
    : JSON.stringify(text);
