import type { Assessment, AssessmentSource } from "../../model/assessment.ts";
import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { anyField, objectField, parsedOrText, textField, timeUs } from "../fields.ts";
import { recordIdOf, spanIdFrom } from "../synthetic.ts";

const SOURCES: Readonly<Record<string, AssessmentSource>> = {
  HUMAN: "human",
  LLM_JUDGE: "llm_judge",
  AI_JUDGE: "llm_judge",
  CODE: "code",
};

/** MLflow's feedback and expectations; one that another overrides is superseded by it. */
export function mlflowAssessments(items: readonly Json[], traceId: string, traceUs: number): Assessment[] {
  const found = items.filter(isJsonObject).flatMap((item) => readOne(item, traceId, traceUs));
  const overriding = new Map<string, string>();
  for (const item of items.filter(isJsonObject)) {
    const overridden = textField(item, "overrides");
    const own = textField(item, "assessment_id");
    if (overridden !== null && own !== null) overriding.set(idOf(overridden), idOf(own));
  }
  return found.map((item) => ({ ...item, supersededBy: overriding.get(item.id) ?? null }));
}

const idOf = (text: string): string => recordIdOf("mlflow-assessment", text);

function readOne(item: JsonObject, traceId: string, traceUs: number): Assessment[] {
  const name = textField(item, "assessment_name", "name");
  const feedback = objectField(item, "feedback");
  const expectation = objectField(item, "expectation");
  const body = feedback ?? expectation;
  if (name === null || body === null) return [];
  const value = scalar(givenValue(body));
  const source = objectField(item, "source") ?? {};
  const span = textField(item, "span_id");
  const failure = objectField(body, "error");
  return [
    {
      id: idOf(textField(item, "assessment_id") ?? `${traceId}:${name}:${JSON.stringify(value)}`),
      kind: feedback === null ? "expectation" : "feedback",
      name,
      value,
      rationale:
        textField(item, "rationale") ?? (failure && textField(failure, "error_message", "error_code")),
      quote: null,
      source: SOURCES[textField(source, "source_type") ?? ""] ?? "code",
      sourceId: textField(source, "source_id"),
      traceId,
      spanId: span === null ? null : spanIdFrom("mlflow", span),
      sessionId: null,
      responseId: null,
      createdUs: timeUs(anyField(item, "create_time", "create_time_ms")) ?? traceUs,
      supersededBy: null,
    },
  ];
}

function givenValue(body: JsonObject): Json {
  const serialized = textField(objectField(body, "serialized_value") ?? {}, "value");
  return serialized === null ? anyField(body, "value") : parsedOrText(serialized);
}

/** Lists and objects are kept as their JSON text. */
const scalar = (value: Json): Assessment["value"] =>
  value === null || typeof value !== "object" ? value : JSON.stringify(value);
