import { describe, expect, it } from "vitest";
import { collectFile, jsonl, only } from "./collect.ts";

const HEX = "0af7651916cd43dd8448eb211c80319c";

describe("feedback tables", () => {
  it("as JSON rows: a verdict, the other columns as tags of the session", async () => {
    const { report, assessments, sessionTags } = await collectFile(
      jsonl({ sessionId: "s1", taskId: "7", trial: 0, reward: 1, terminationReason: "user_stop" }),
    );
    expect(only(report.details).format).toBe("feedback");
    expect(only(assessments)).toMatchObject({
      name: "reward",
      value: 1,
      source: "human",
      sessionId: "s1",
      traceId: null,
    });
    expect(only(sessionTags)).toEqual({
      sessionId: "s1",
      tags: { taskId: "7", trial: "0", terminationReason: "user_stop" },
    });
  });

  it("as CSV: types by form, thumbs by column, quotes, rationale, author and time", async () => {
    const csv = [
      "conversation_id,thumbs,score,label,comment,annotator,created_at,channel",
      's1,up,4.5,good,"slow, but ""fine""",ann,2026-01-01T00:00:00Z,web',
      "s2,👎,,bad,,,,",
      "",
      ",up,1,good,,,,",
    ].join("\r\n");
    const { report, assessments, sessionTags } = await collectFile(csv, "labels.csv");
    expect(assessments.map(({ sessionId, name, value }) => [sessionId, name, value])).toEqual([
      ["s1", "thumbs", true],
      ["s1", "score", 4.5],
      ["s1", "label", "good"],
      ["s2", "thumbs", false],
      ["s2", "label", "bad"],
    ]);
    expect(assessments[0]).toMatchObject({
      rationale: 'slow, but "fine"',
      sourceId: "ann",
      createdUs: Date.UTC(2026, 0, 1) * 1000,
    });
    expect(only(sessionTags)).toEqual({ sessionId: "s1", tags: { channel: "web" } });
    expect(only(only(report.details).skipped)).toMatchObject({
      reason: "a row that names no session or trace",
      count: 1,
    });
  });

  it("name traces and spans, and say that only sessions have tags of their own", async () => {
    const { report, assessments } = await collectFile(
      `trace_id\tspan_id\trating\tteam\n${HEX}\t00f067aa0ba902b7\t3\tred\n`,
    );
    expect(only(assessments)).toMatchObject({
      traceId: HEX,
      spanId: "00f067aa0ba902b7",
      sessionId: null,
      value: 3,
    });
    expect(only(only(report.details).skipped)).toMatchObject({ count: 1, lines: [2] });
  });

  it("take the columns and the source that were named", async () => {
    const row = { session_id: "s1", tone: "warm", score: 2 };
    const { assessments, sessionTags } = await collectFile(jsonl(row), "x", {
      format: "feedback",
      labels: { columns: ["tone"], source: "end_user" },
    });
    expect(only(assessments)).toMatchObject({ name: "tone", value: "warm", source: "end_user" });
    expect(only(sessionTags).tags).toEqual({ score: "2" });
  });

  it("are recognised by the columns that were named, whatever those are called", async () => {
    const labels = { columns: ["csat"] };
    for (const [name, text] of [
      ["a.csv", "sessionId,csat,version\ns1,4,v2\n"],
      ["a.jsonl", jsonl({ sessionId: "s1", csat: 4, version: "v2" })],
    ] as const) {
      const { assessments, sessionTags } = await collectFile(text, name, { labels });
      expect(only(assessments)).toMatchObject({ name: "csat", value: 4, sessionId: "s1" });
      expect(only(sessionTags).tags).toEqual({ version: "v2" });
      const unnamed = await collectFile(text, name);
      expect(only(only(unnamed.report.details).skipped).reason).toContain("feedbackColumns");
    }
  });

  it("say when no row has a column that was named", async () => {
    const rows = jsonl({ session_id: "s1", reward: 2 }, { session_id: "s2", reward: 3 });
    const { report } = await collectFile(rows, "x", { labels: { columns: ["rewrad"] } });
    expect(report.files).toMatchObject({ found: 1, imported: 0, nothingTaken: 1 });
    expect(only(only(report.details).skipped)).toEqual({
      reason: "a row without a value in the columns named in feedbackColumns",
      count: 2,
      lines: [1, 2],
    });
  });

  it("have ids that follow from what they say", async () => {
    const rows = jsonl({ session_id: "s1", score: 2 }, { session_id: "s1", score: 3 });
    const first = await collectFile(rows);
    const again = await collectFile(rows);
    expect(first.assessments.map((item) => item.id)).toEqual(again.assessments.map((item) => item.id));
    expect(new Set(first.assessments.map((item) => item.id)).size).toBe(2);
  });
});
