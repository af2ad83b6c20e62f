import { z } from "zod";
import { canonicalJson } from "../canonical.ts";
import { type ExampleContent, Origin } from "../model/example.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { Message } from "../model/message.ts";
import { parseMessages } from "../telemetry/conventions/messages/parse.ts";
import { type ColumnOptions, useOfColumns } from "./columns.ts";
import type { Draft } from "./draft.ts";
import { expectationName, expectationValue } from "./expectations.ts";

export interface RowOptions extends ColumnOptions {
  readonly synthetic: boolean;
  /** Values are cells of a table: a text that is JSON stands for it. */
  readonly cells?: boolean;
}

/** What our own export says of an example beside its content. */
const Own = z.object({
  groupKey: z.string().min(1).max(300).optional(),
  origin: z
    .object({
      kind: Origin.shape.kind,
      trace: z.string().optional(),
      session: z.string().optional(),
      span: z.string().optional(),
    })
    .optional(),
});

const scalarText = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));

const textMap = (value: Json | undefined): Record<string, string> =>
  isJsonObject(value ?? null)
    ? Object.fromEntries(Object.entries(value ?? {}).map(([key, inner]) => [key, scalarText(inner)]))
    : {};

/** A text that holds JSON as that JSON. */
function parsed(value: Json): Json {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value; // text that merely begins like JSON
  }
}

type Read = (value: Json | undefined) => Json;

/** Values as they are meant: in a table a text may stand for JSON, in JSON a text is a text. */
const readerOf =
  ({ cells }: RowOptions): Read =>
  (value = null) =>
    cells ? parsed(value) : value;

function expectationsOf(
  row: JsonObject,
  names: readonly string[],
  read: Read,
): ExampleContent["expectations"] {
  const expectations: Record<string, Json> = {};
  const put = (name: string, value: Json): void => {
    const known = expectationName(name);
    if (value !== null && value !== "") expectations[known] = expectationValue(known, value);
  };
  for (const name of names) put(name.replace(/^expectations?\./, ""), read(row[name]));
  const stated = parsed(row["expectations"] ?? null);
  if (isJsonObject(stated)) for (const [key, value] of Object.entries(stated)) put(key, value);
  return expectations;
}

function inputsOf(row: JsonObject, names: readonly string[], chosen: boolean, read: Read): Json {
  const [only] = names;
  if (!chosen && names.length === 1 && only === "inputs") return read(row[only]);
  const plain = (name: string): string => (chosen ? name : name.replace(/^inputs?\./, ""));
  return Object.fromEntries(names.map((name) => [plain(name), read(row[name])]));
}

/** Messages as we write them, or in any form of others; null when they cannot be read. */
function messagesOf(value: Json): Message[] | null {
  if (value === null || value === "") return [];
  const ours = z.array(Message).safeParse(value);
  // Fields that ours does not have would be lost: they are of another form.
  return ours.success && canonicalJson(ours.data) === canonicalJson(value) ? ours.data : parseMessages(value);
}

const tagsOf = (row: JsonObject): Record<string, string> => ({
  ...textMap(row["tags"]),
  ...Object.fromEntries(
    Object.entries(row).flatMap(([key, value]) => {
      const name = /^tags\.(.+)$/.exec(key)?.[1];
      return name && value !== null && value !== "" ? [[name, scalarText(value)]] : [];
    }),
  ),
});

const isEmpty = (inputs: Json): boolean =>
  inputs === null ||
  inputs === "" ||
  (isJsonObject(inputs) && Object.values(inputs).every((value) => value === null || value === ""));

const textOrUndefined = (value: Json | undefined): string | undefined =>
  typeof value === "string" && value !== ""
    ? value.slice(0, 200)
    : typeof value === "number"
      ? String(value)
      : undefined;

/**
 * One row of a file or of an argument as an example: our own form (`inputs`, `expectations`, `turns`, ...), MLflow's
 * and the usual column names of others, `inputs.x` / `expectations.x` / `tags.x` columns.
 * @returns in our own words why it is none: it has no inputs, no messages and no turns, or messages in no known form.
 */
export function draftFromRow(row: JsonObject, options: RowOptions): Draft | string {
  const read = readerOf(options);
  const turns = parsed(row["turns"] ?? null);
  const messages = messagesOf(parsed(row["messages"] ?? null));
  if (messages === null) return "messages in no form that is known";
  const script = Array.isArray(turns) ? turns.map(scalarText) : [];
  const use = useOfColumns(Object.keys(row), options);
  const inputs = inputsOf(row, use.inputs, options.inputColumns !== undefined, read);
  if (isEmpty(inputs) && messages.length === 0 && script.length === 0) return "no inputs";
  const { groupKey, origin } = Own.safeParse(parsed(row["evalwright"] ?? null)).data ?? {};
  const synthetic = options.synthetic || row["synthetic"] === true || row["synthetic"] === "true";
  const role = row["role"];
  return {
    id: textOrUndefined(row["id"]),
    group: textOrUndefined(row[options.groupColumn ?? "group"]),
    groupKey,
    content: {
      inputs,
      messages,
      turns: script,
      expectations: expectationsOf(row, use.expectations, read),
      recorded: read(row["recorded"]),
      tags: tagsOf(row),
      role: role === "failing" || role === "passing" ? role : "unknown",
      origin: {
        kind: synthetic ? "synthetic" : (origin?.kind ?? "imported"),
        traceId: origin?.trace ?? null,
        sessionId: origin?.session ?? null,
        spanId: origin?.span ?? null,
      },
    },
  };
}
