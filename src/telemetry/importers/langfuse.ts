import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import { arrayField, objectField, textField, timeUs } from "../fields.ts";
import { traceIdFrom } from "../synthetic.ts";
import type { Importer, JsonRecord, Output, Source } from "./contract.ts";
import { observationSpan, traceSpan } from "./langfuse-observation.ts";
import { scoreAssessments } from "./langfuse-score.ts";
import type { Understood } from "./raw-span.ts";

const TYPES = /^(SPAN|GENERATION|EVENT|AGENT|TOOL|CHAIN|RETRIEVER|EVALUATOR|EMBEDDING|GUARDRAIL)$/i;

const isObservation = (value: Json): value is JsonObject =>
  isJsonObject(value) &&
  textField(value, "id") !== null &&
  textField(value, "traceId") !== null &&
  TYPES.test(textField(value, "type") ?? "") &&
  textField(value, "startTime") !== null;

const isTrace = (value: Json): value is JsonObject =>
  isJsonObject(value) &&
  textField(value, "id") !== null &&
  textField(value, "timestamp") !== null &&
  arrayField(value, "observations") !== null;

/** `{trace, observations}`, or a trace that holds its observations. */
const isExport = (value: Json): value is JsonObject =>
  isJsonObject(value) &&
  arrayField(value, "observations") !== null &&
  (objectField(value, "trace") !== null || isTrace(value));

const isLangfuse = (value: Json): boolean =>
  isExport(value) ||
  isObservation(value) ||
  (Array.isArray(value) && value.slice(0, 20).some((item) => isExport(item) || isObservation(item))) ||
  (isJsonObject(value) && (arrayField(value, "data") ?? []).slice(0, 20).some((item) => isLangfuse(item)));

/** Langfuse trace exports: traces with their observations, lists of either, answers of its public API; scores too. */
export const langfuseImporter: Importer = {
  format: "langfuse",
  detect: (sample) => sample.values.some(isLangfuse),
  read: readExports,
};

async function readExports(source: Source, output: Output): Promise<void> {
  for await (const record of source.records()) {
    const { value } = record;
    const listed = isJsonObject(value) && !isExport(value) ? arrayField(value, "data") : null;
    const items = Array.isArray(value) ? value : (listed ?? [value]);
    const chars = record.chars / Math.max(1, items.length);
    for (const item of items) await readItem({ ...record, value: item, chars }, output);
  }
}

async function readItem(record: JsonRecord, output: Output): Promise<void> {
  const { value, line, chars } = record;
  if (isExport(value)) return readTrace(value, line, chars, output);
  if (!isObservation(value)) return output.skip("neither a trace nor an observation", line);
  const traceId = traceIdFrom("trace", textField(value, "traceId") ?? "");
  const understood = observationSpan(value, traceId, null);
  if (understood === null) return output.skip("an observation without a time", line);
  await output.emit({ spans: [understood.span], media: understood.media }, chars);
}

async function readTrace(value: JsonObject, line: number, chars: number, output: Output): Promise<void> {
  const trace = objectField(value, "trace") ?? value;
  const observations = (arrayField(value, "observations") ?? []).filter(isJsonObject);
  const id = textField(trace, "id") ?? textField(observations[0] ?? {}, "traceId");
  if (id === null) return output.skip("a trace without an id", line);
  const traceId = traceIdFrom("trace", id);
  const understood: Understood[] = [];
  for (const observation of observations) {
    const found = observationSpan(observation, traceId, trace);
    if (found) understood.push(found);
    else output.skip("an observation without an id or a time", line);
  }
  if (understood.length === 0) {
    const alone = traceSpan(trace, traceId);
    if (alone === null) return output.skip("a trace without observations and time", line);
    understood.push(alone);
  }
  const scores = [
    ...(arrayField(trace, "scores") ?? []),
    ...(trace === value ? [] : (arrayField(value, "scores") ?? [])),
  ];
  const startUs =
    timeUs(trace["timestamp"] ?? null) ?? Math.min(...understood.map(({ span }) => span.startUs));
  const assessments = scores
    .filter(isJsonObject)
    .flatMap((score) => scoreAssessments(score, traceId, startUs));
  if (assessments.length < scores.length) {
    output.skip("scores without a name or a value", line, scores.length - assessments.length);
  }
  await output.emit(
    {
      spans: understood.map(({ span }) => span),
      media: understood.flatMap(({ media }) => media),
      assessments,
    },
    chars,
  );
}
