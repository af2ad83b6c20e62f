import type { Assessment } from "../../model/assessment.ts";
import type { MediaItem } from "../../model/message.ts";
import type { Span } from "../../model/span.ts";
import type { RawLog } from "../raw.ts";
import { claudeCodeSpans, isClaudeCodeLog } from "./claude-code.ts";
import { codexSpans, isCodexLog } from "./codex.ts";
import { evaluationAssessments } from "./evaluation.ts";
import { genAiSpans, isGenAiLog } from "./gen-ai.ts";
import { eventNameOf, type LogContext, mergeSpans } from "./record.ts";

export interface NormalizedLogs {
  readonly spans: Span[];
  readonly media: MediaItem[];
  readonly assessments: Assessment[];
  /** Records that are about no agent (ordinary application logs), and evaluations of nothing that they name. */
  readonly ignored: number;
}

/**
 * Log records of agents -> spans of synthesised traces, content of spans that come by themselves (marked with the
 * finding `stub`), and assessments. Pure; ids follow from what the records say, so that a resent batch changes
 * nothing, and batches may come in any order.
 */
export function normalizeLogs(logs: readonly RawLog[], context: LogContext): NormalizedLogs {
  const claudeCode: RawLog[] = [];
  const codex: RawLog[] = [];
  const genAi: RawLog[] = [];
  const assessments: Assessment[] = [];
  let ignored = 0;
  for (const log of logs) {
    if (isClaudeCodeLog(log)) claudeCode.push(log);
    else if (isCodexLog(log)) codex.push(log);
    else if (isGenAiLog(log)) genAi.push(log);
    else {
      const found =
        eventNameOf(log) === "gen_ai.evaluation.result" ? evaluationAssessments(log, context) : [];
      assessments.push(...found);
      if (found.length === 0) ignored++;
    }
  }
  const content = genAiSpans(genAi, context);
  const synthesised = mergeSpans([...claudeCodeSpans(claudeCode, context), ...codexSpans(codex, context)]);
  return { spans: [...synthesised, ...content.spans], media: content.media, assessments, ignored };
}
