import { describe, expect, test } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { buildTranscript } from "../../src/reading/transcript/build.ts";
import type { TranscriptRow } from "../../src/reading/transcript/rows.ts";
import { AIRLINE_FILES, readSource, type SourceMessage } from "./airline.ts";
import { openImported } from "./imported.ts";

type Told = readonly [role: string, said: Json, id: string | null, arguments_?: Json];

/** A result that is JSON may come back with other spaces. */
function meaning(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The source's messages as they should be told: texts and calls in order, each call with its result. */
function expected(messages: readonly SourceMessage[]): Told[] {
  const results = new Map(
    messages.flatMap((m) => (m.role === "tool" && m.id ? [[m.id, m.content ?? ""]] : [])),
  );
  return messages.flatMap((message): Told[] => {
    if (message.role === "tool") return [];
    const text: Told[] = message.content ? [[message.role, message.content, null]] : [];
    const calls = (message.tool_calls ?? []).map(
      (call): Told => [`tool ${call.name}`, meaning(results.get(call.id) ?? ""), call.id, call.arguments],
    );
    return [...text, ...calls];
  });
}

const told = (row: TranscriptRow): Told =>
  row.tool
    ? [`tool ${row.tool.name}`, meaning(row.text), row.tool.callId, row.tool.arguments]
    : [row.role, row.text, null];

describe.skipIf(!process.env["EVALWRIGHT_TEST_DATA"])(
  "airline conversations (needs EVALWRIGHT_TEST_DATA)",
  () => {
    test.each(AIRLINE_FILES)(
      "%s: every session's transcript is its source's messages",
      async (name) => {
        const { traces, close } = await openImported(`tau2-airline/${name}.otlp.jsonl.gz`);
        try {
          const sources = readSource(name);
          expect(sources).toHaveLength(50);
          for (const { id, messages } of sources) {
            const rows: TranscriptRow[] = [];
            for await (const row of buildTranscript(traces, "shop", id)) rows.push(row);
            expect(rows.map(told), id).toEqual(expected(messages));
          }
        } finally {
          await close();
        }
      },
      120_000,
    );
  },
);
