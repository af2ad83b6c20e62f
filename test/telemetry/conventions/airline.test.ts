import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Span } from "../../../src/model/span.ts";
import { normalizeSpan } from "../../../src/telemetry/conventions/index.ts";
import { decodeTraceJson } from "../../../src/telemetry/otlp/decode.ts";

const root = process.env["EVALWRIGHT_TEST_DATA"];
const folder = root ? join(root, "tau2-airline") : "";

function load(file: string): Span[] {
  const lines = gunzipSync(readFileSync(join(folder, file)))
    .toString("utf8")
    .split("\n");
  return lines
    .filter((line) => line !== "")
    .flatMap((line) => decodeTraceJson(JSON.parse(line)).spans)
    .map((raw) => normalizeSpan(raw, { arrivedUs: Date.now() * 1_000 }).span);
}

describe.skipIf(!root)("airline conversations (needs EVALWRIGHT_TEST_DATA)", () => {
  const files = root ? readdirSync(folder).filter((file) => file.endsWith(".otlp.jsonl.gz")) : [];
  const spans = files.flatMap(load);

  it("are all understood", () => {
    const count = (kind: string) => spans.filter((span) => span.kind === kind).length;
    expect([spans.length, count("agent"), count("llm"), count("tool")]).toEqual([3_508, 904, 1_366, 1_238]);
    expect(spans.flatMap((span) => span.findings)).toEqual([]);
    const tools = spans.filter((span) => span.kind === "tool");
    expect(tools.filter((span) => span.content.input === null || span.content.output === null)).toEqual([]);
  });

  it("have each answer once more, and equal, in the history of the next call", () => {
    const sessions = Map.groupBy(
      spans.filter((span) => span.kind === "llm"),
      (span) => span.sessionId,
    );
    let compared = 0;
    for (const calls of sessions.values()) {
      calls.sort((a, b) => (a.content.inputMessages?.length ?? 0) - (b.content.inputMessages?.length ?? 0));
      for (const [i, call] of calls.entries()) {
        const next = calls[i + 1]?.content.inputMessages;
        if (!next) continue;
        const { inputMessages, outputMessages } = call.content;
        const said = [...(inputMessages ?? []), ...(outputMessages ?? [])];
        expect(next.slice(0, said.length)).toEqual(said);
        compared += 1;
      }
    }
    expect([sessions.size, compared]).toEqual([150, 1_216]);
  });
});
