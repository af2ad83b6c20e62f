import { isJsonObject, type Json } from "../../model/json.ts";
import { cleanText } from "../../privacy/clean.ts";
import { valueText } from "../../reading/message-text.ts";
import type { MediaPart } from "./media.ts";

/** Turns values of an item into text that a judge can be shown, and counts what that removes. */
export interface Writer {
  /** The text without what its reader cannot see. */
  clean(text: string): string;
  /** The same as the rest of a line that begins with words of ours: further lines are set in, so that none looks like ours. */
  inset(text: string): string;
  /** A name inside a line of ours: one line, at most 120 characters. */
  name(text: string): string;
  /** Media as they are called in the text. */
  media(part: MediaPart): string;
  /** Invisible characters that were removed so far. */
  removed(): number;
}

const MAX_NAME = 120;

export function createWriter(mediaLabel: (part: MediaPart) => string): Writer {
  let removed = 0;
  const clean = (text: string): string => {
    const cleaned = cleanText(text);
    removed += cleaned.removed;
    return cleaned.text;
  };
  return {
    clean,
    inset: (text) => clean(text).replaceAll("\n", "\n  "),
    name: (text) => clean(text).replace(/\s+/g, " ").trim().slice(0, MAX_NAME).toWellFormed(),
    media: mediaLabel,
    removed: () => removed,
  };
}

/** One value as its reader would want it: a text as it is, an object as one line a field, all else as JSON. */
export function plainValue(value: Json, writer: Writer): string {
  if (!isJsonObject(value)) return writer.clean(valueText(value));
  return fieldLines(value, writer).join("\n");
}

/** `name: value` for each field. */
export function fieldLines(fields: Readonly<Record<string, Json>>, writer: Writer): readonly string[] {
  return Object.entries(fields).map(
    ([name, value]) => `${writer.name(name)}: ${writer.inset(valueText(value))}`,
  );
}

/** A list, or a single value, as one entry each; nothing for null. */
export function entries(value: Json | undefined): readonly Json[] {
  if (value === undefined || value === null || value === "") return [];
  return Array.isArray(value) ? value : [value];
}
