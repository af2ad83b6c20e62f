import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { collect, only } from "./collect.ts";

const data = process.env["EVALWRIGHT_TEST_DATA"] ?? "";
const airline = join(data, "tau2-airline");

describe.skipIf(!data)("real files (EVALWRIGHT_TEST_DATA)", () => {
  it.each([
    ["opus-4.6-a", 287],
    ["sonnet-4.5", 300],
    ["gpt-5.4", 317],
  ])("airline conversations of %s are taken whole", async (name, traces) => {
    const { report, assessments, sessionTags } = await collect([
      join(airline, `${name}.otlp.jsonl.gz`),
      join(airline, `${name}.labels.jsonl`),
    ]);
    expect(report.taken).toMatchObject({ traces, sessions: 50, feedback: 50 });
    expect(report.details.flatMap((file) => file.skipped)).toEqual([]);
    expect(new Set(assessments.map((item) => item.name))).toEqual(new Set(["reward"]));
    expect(new Set(assessments.map((item) => item.sessionId)).size).toBe(50);
    expect(Object.keys(sessionTags[0]?.tags ?? {}).sort()).toEqual(["taskId", "terminationReason", "trial"]);
  });

  it("airline conversations have 3,508 spans together", async () => {
    const names = ["opus-4.6-a", "sonnet-4.5", "gpt-5.4"];
    const { report } = await collect(names.map((name) => join(airline, `${name}.otlp.jsonl.gz`)));
    expect(report.taken).toMatchObject({ traces: 904, spans: 3508 });
  });

  it("traces of ten frameworks are taken, with models, tokens and messages", async () => {
    const { report, spans } = await collect([join(data, "framework-traces")]);
    const imported = report.details.filter((file) => file.format === "langfuse");
    expect(imported).toHaveLength(10);
    expect(imported.flatMap((file) => file.skipped)).toEqual([]);
    expect(report.taken).toMatchObject({ traces: 10, spans: 88, feedback: 13 });
    for (const file of imported) expect(file.taken.traces, file.path).toBe(1);
    for (const traceId of new Set(spans.map((span) => span.traceId))) {
      const calls = spans.filter((span) => span.traceId === traceId && span.kind === "llm");
      expect(calls.some((span) => span.content.outputMessages !== null && span.model !== null)).toBe(true);
    }
    const crew = only(
      spans.filter((span) => span.kind === "llm" && span.traceId === "a287bb31e317433610d8827617471140"),
    );
    expect(crew).toMatchObject({ usage: { inputTokens: 190, outputTokens: 164 }, costUsd: 0.0001269 });
  });
});
