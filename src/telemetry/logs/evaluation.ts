import type { Assessment } from "../../model/assessment.ts";
import { numberField, textField } from "../fields.ts";
import type { RawLog } from "../raw.ts";
import { recordIdOf } from "../synthetic.ts";
import { type LogContext, logKey, logTimeUs } from "./record.ts";

/**
 * `gen_ai.evaluation.result`: feedback on the span that the record belongs to, else on the answer with that
 * provider id, else on the session. A score with a label gives two: NAME and NAME.label. None when it names
 * nothing that it is about.
 */
export function evaluationAssessments(log: RawLog, context: LogContext): Assessment[] {
  const { attributes } = log;
  const target = targetOf(log);
  const name = textField(attributes, "gen_ai.evaluation.name") ?? "evaluation";
  if (target === null) return [];
  const score = numberField(attributes, "gen_ai.evaluation.score.value");
  const label = textField(attributes, "gen_ai.evaluation.score.label");
  const common = {
    kind: "feedback" as const,
    rationale: textField(attributes, "gen_ai.evaluation.explanation", "error.type"),
    quote: null,
    source: "code" as const,
    sourceId: textField(log.resource, "service.name"),
    ...target,
    createdUs: logTimeUs(log, context),
    supersededBy: null,
  };
  const main: Assessment = { ...common, id: recordIdOf(logKey(log), "score"), name, value: score ?? label };
  if (score === null || label === null) return [main];
  return [main, { ...common, id: recordIdOf(logKey(log), "label"), name: `${name}.label`, value: label }];
}

type Target = Pick<Assessment, "traceId" | "spanId" | "sessionId" | "responseId">;

function targetOf(log: RawLog): Target | null {
  const none = { traceId: null, spanId: null, sessionId: null, responseId: null };
  if (log.traceId !== null) return { ...none, traceId: log.traceId, spanId: log.spanId };
  const responseId = textField(log.attributes, "gen_ai.response.id");
  if (responseId !== null) return { ...none, responseId };
  const sessionId = textField(log.attributes, "gen_ai.conversation.id", "session.id");
  return sessionId === null ? null : { ...none, sessionId };
}
