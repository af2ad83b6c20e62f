import type { Draft } from "../datasets/draft.ts";
import { groupFields, originFields } from "../datasets/to-row.ts";
import type { Example } from "../model/example.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { JudgeSpec } from "../model/judge.ts";
import type { Message } from "../model/message.ts";
import type { TestEntry } from "./format.ts";

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value));

function messageEntry({ role, parts, name }: Message): Json {
  const [part] = parts;
  const named = name === undefined ? {} : { name };
  return parts.length === 1 && part?.type === "text"
    ? { role, ...named, content: part.text }
    : asJson({ role, ...named, parts });
}

/** An example as a test of a file: fields always in this order, those that say nothing left out. */
export function entryOf(example: Example): JsonObject {
  const { id, inputs, messages, turns, expectations, tags, role, split, recorded } = example;
  const isGiven = (of: object): boolean => Object.keys(of).length > 0;
  return {
    id,
    inputs,
    ...(messages.length > 0 ? { messages: messages.map(messageEntry) } : {}),
    ...(turns.length > 0 ? { turns } : {}),
    ...(isGiven(expectations) ? { expectations } : {}),
    ...(isGiven(tags) ? { tags } : {}),
    ...(role === "unknown" ? {} : { role }),
    split,
    ...groupFields(example),
    ...originFields(example),
    ...(recorded === null ? {} : { recorded }),
  };
}

/** A test of a file as an example that has no split yet, or proposes the one that the file says. */
export function draftOf(test: TestEntry): Draft {
  const { id, inputs = {}, messages, turns, expectations, tags, role, recorded, origin } = test;
  return {
    id,
    group: test.group,
    groupKey: test.groupKey,
    split: test.split,
    content: {
      inputs,
      messages,
      turns,
      expectations,
      recorded,
      tags,
      role,
      origin: {
        kind: origin?.kind ?? "imported",
        traceId: origin?.trace ?? null,
        sessionId: origin?.session ?? null,
        spanId: origin?.span ?? null,
      },
    },
  };
}

/** Whether a judge is a built-in as it is, so that its name says all. */
export const isPlain = ({ name, params, negate, ...rest }: JudgeSpec): boolean =>
  Object.keys(params).length === 0 &&
  !negate &&
  Object.values(rest).every((value) => value === undefined) &&
  name !== "";

/** A judge as it stands in a file: a name, or its fields always in this order. */
export function judgeEntry(spec: JudgeSpec): Json {
  if (isPlain(spec)) return spec.name;
  const { params, negate, ...rest } = spec;
  const fields: Record<string, unknown> = {
    ...rest,
    ...(Object.keys(params).length > 0 ? { params } : {}),
    ...(negate ? { negate } : {}),
  };
  const order = Object.keys(JudgeSpec.shape);
  return asJson(Object.fromEntries(order.map((name) => [name, fields[name]])));
}
