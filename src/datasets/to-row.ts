import type { Example } from "../model/example.ts";
import type { JsonObject } from "../model/json.ts";
import { groupOf } from "./draft.ts";

const NAMED = "named:";

/** A group as its author named it, or its key where neither a name nor the example itself gives it. */
export function groupFields(example: Example): { group?: string; groupKey?: string } {
  const { group } = example;
  if (group.startsWith(NAMED)) return { group: group.slice(NAMED.length) };
  return group === groupOf({ content: example }) ? {} : { groupKey: group };
}

/** Where an example came from; nothing for one that was imported from nowhere. */
export function originFields({ origin }: Example): JsonObject {
  const { kind, traceId, sessionId, spanId } = origin;
  if (kind === "imported" && traceId === null && sessionId === null && spanId === null) return {};
  return {
    origin: {
      kind,
      ...(traceId === null ? {} : { trace: traceId }),
      ...(sessionId === null ? {} : { session: sessionId }),
      ...(spanId === null ? {} : { span: spanId }),
    },
  };
}

/** An example as a row that `draftFromRow` reads back as it is: fields that say nothing are left out. */
export function rowOf(example: Example): JsonObject {
  const { id, inputs, messages, turns, expectations, tags, role, recorded } = example;
  const { group, ...key } = groupFields(example);
  const own: JsonObject = { ...key, ...originFields(example) };
  const isGiven = (of: object): boolean => Object.keys(of).length > 0;
  const row = {
    id,
    inputs,
    ...(messages.length > 0 ? { messages } : {}),
    ...(turns.length > 0 ? { turns } : {}),
    expectations,
    ...(isGiven(tags) ? { tags } : {}),
    ...(role === "unknown" ? {} : { role }),
    ...(group === undefined ? {} : { group }),
    ...(recorded === null ? {} : { recorded }),
    ...(isGiven(own) ? { evalwright: own } : {}),
  };
  return JSON.parse(JSON.stringify(row));
}
