import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";

export const asObject = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});

export const asList = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];

export const asText = (value: Json | undefined): string | undefined =>
  typeof value === "string"
    ? value
    : typeof value === "number" || typeof value === "boolean"
      ? String(value)
      : undefined;

export const asNumber = (value: Json | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;

/** Of a list of texts or numbers, each as a text; undefined when one is neither. */
export function asTexts(value: Json | undefined): readonly string[] | undefined {
  const texts = asList(value).map(asText);
  const known = texts.flatMap((text) => text ?? []);
  return known.length === texts.length && known.length > 0 ? known : undefined;
}

/** The name of a field or metric as the name of a judge. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, "_")
    .replaceAll(/^[^a-z]+|_+$/g, "")
    .slice(0, 60);
