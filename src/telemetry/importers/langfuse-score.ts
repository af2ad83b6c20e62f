import type { Assessment, AssessmentSource } from "../../model/assessment.ts";
import type { JsonObject } from "../../model/json.ts";
import { numberField, textField, timeUs } from "../fields.ts";
import { recordIdOf, spanIdFrom } from "../synthetic.ts";

const SOURCES: Readonly<Record<string, AssessmentSource>> = {
  EVAL: "llm_judge",
  ANNOTATION: "human",
  API: "code",
};

/** A score as feedback on its observation, else its trace, else its session. None when it says nothing. */
export function scoreAssessments(score: JsonObject, traceId: string, traceUs: number): Assessment[] {
  const name = textField(score, "name");
  const value = scalarOf(score);
  if (name === null || value === null) return [];
  const observation = textField(score, "observationId");
  const session = textField(score, "traceId") === null ? textField(score, "sessionId") : null;
  return [
    {
      id: recordIdOf(
        "langfuse-score",
        textField(score, "id") ?? `${traceId}:${name}:${JSON.stringify(value)}`,
      ),
      kind: "feedback",
      name,
      value,
      rationale: textField(score, "comment"),
      quote: null,
      source: SOURCES[textField(score, "source") ?? ""] ?? "code",
      sourceId: textField(score, "authorUserId", "configId"),
      traceId: session === null ? traceId : null,
      spanId: session === null && observation !== null ? spanIdFrom("observation", observation) : null,
      sessionId: session,
      responseId: null,
      createdUs: timeUs(score["timestamp"] ?? score["createdAt"] ?? null) ?? traceUs,
      supersededBy: null,
    },
  ];
}

function scalarOf(score: JsonObject): Assessment["value"] {
  const number = numberField(score, "value");
  const type = textField(score, "dataType");
  if (type === "BOOLEAN" && number !== null) return number === 1;
  if (type === "CATEGORICAL") return textField(score, "stringValue") ?? number;
  return number ?? textField(score, "stringValue", "value");
}
