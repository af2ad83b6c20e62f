import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Format } from "../../../src/telemetry/importers/contract.ts";
import { importPaths } from "../../../src/telemetry/importers/index.ts";
import { collect, collectFile, jsonl, newFolder, only } from "./collect.ts";

const span = (n: number, trace = n) => ({
  traceId: trace.toString(16).padStart(32, "a"),
  spanId: n.toString(16).padStart(16, "b"),
  name: `s${n}`,
  startTimeUnixNano: "1772359200000000000",
  endTimeUnixNano: "1772359201000000000",
  attributes: [{ key: "gen_ai.conversation.id", value: { stringValue: "c" } }],
});
const request = (...spans: object[]) => ({
  resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: { name: "t" }, spans }] }],
});
const logs = {
  resourceLogs: [
    {
      resource: { attributes: [] },
      scopeLogs: [
        {
          scope: { name: "com.anthropic.claude_code.events" },
          logRecords: [
            {
              timeUnixNano: "1772359200000000000",
              body: { stringValue: "claude_code.user_prompt" },
              attributes: [
                { key: "session.id", value: { stringValue: "s" } },
                { key: "prompt.id", value: { stringValue: "p" } },
                { key: "prompt", value: { stringValue: "hello" } },
              ],
            },
          ],
        },
      ],
    },
  ],
};

/** Length-delimited protobuf field. */
const field = (number: number, body: Buffer): Buffer => {
  const length: number[] = [];
  for (let rest = body.length; ; rest >>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), body]);
};
const fixed64 = (number: number, value: bigint): Buffer => {
  const body = Buffer.alloc(9);
  body[0] = (number << 3) | 1;
  body.writeBigUInt64LE(value, 1);
  return body;
};
const protobuf = (n: number): Buffer => {
  const one = Buffer.concat([
    field(1, Buffer.from(n.toString(16).padStart(32, "a"), "hex")),
    field(2, Buffer.from(n.toString(16).padStart(16, "b"), "hex")),
    field(5, Buffer.from(`s${n}`)),
    fixed64(7, 1772359200000000000n),
    fixed64(8, 1772359201000000000n),
  ]);
  return field(1, field(2, field(2, one)));
};
const big = (body: Buffer): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([length, body]);
};
const varint = (body: Buffer): Buffer => field(0, body).subarray(1);

describe("OTLP files", () => {
  it.each([
    ["one request", JSON.stringify(request(span(1), span(2)))],
    ["one request over many lines", JSON.stringify(request(span(1), span(2)), null, 2)],
    ["an array of requests", JSON.stringify([request(span(1)), request(span(2))], null, 1)],
    ["a request a line", jsonl(request(span(1)), request(span(2)))],
    ["a span a line", jsonl(span(1), span(2))],
    ["lines without a last newline", jsonl(request(span(1)), request(span(2))).trimEnd()],
    [
      "lines with a byte order mark and CRLF",
      `\uFEFF${jsonl(request(span(1)), request(span(2))).replaceAll("\n", "\r\n")}`,
    ],
    [
      "requests one after another over many lines",
      `${JSON.stringify(request(span(1)), null, 1)}\n${JSON.stringify(request(span(2)), null, 1)}`,
    ],
  ])("of %s", async (_name, content) => {
    const { report, spans } = await collectFile(content);
    expect(only(report.details)).toMatchObject({ format: "otlp", error: null, skipped: [] });
    expect(spans.map((item) => item.name).sort()).toEqual(["s1", "s2"]);
    const packed = await collectFile(gzipSync(content), "named.txt");
    expect(packed.spans).toEqual(spans);
  });

  it.each([
    ["one request", Buffer.concat([protobuf(1), protobuf(2)])],
    ["frames after four bytes of length", Buffer.concat([big(protobuf(1)), big(protobuf(2))])],
    ["frames after varints of length", Buffer.concat([varint(protobuf(1)), varint(protobuf(2))])],
  ])("of protobuf: %s", async (_name, content) => {
    const { report, spans } = await collectFile(content);
    expect(only(report.details)).toMatchObject({ format: "otlp-protobuf", error: null, skipped: [] });
    expect(spans.map((item) => item.name).sort()).toEqual(["s1", "s2"]);
    expect((await collectFile(gzipSync(content))).spans).toEqual(spans);
  });

  it("of log records", async () => {
    const { report, spans } = await collectFile(jsonl(logs));
    expect(report.taken).toMatchObject({ traces: 1, spans: 1, sessions: 1 });
    expect(only(spans).name).toBe("claude_code.interaction");
  });

  it("with broken lines, refused spans and metrics: the rest is taken, each reason has its lines", async () => {
    const bad = { ...span(3), traceId: "12" };
    const { report, spans } = await collectFile(
      jsonl(
        request(span(1)),
        "{oops",
        request(bad, span(2)),
        { resourceMetrics: [] },
        { other: 1 },
        request(bad),
      ),
    );
    expect(spans).toHaveLength(2);
    const skipped = Object.fromEntries(only(report.details).skipped.map((skip) => [skip.reason, skip.lines]));
    expect(skipped).toEqual({
      "not valid JSON": [2],
      "refused: trace id is not 16 bytes": [3],
      "metrics are not stored": [4],
      "not an OTLP request": [5],
      "an OTLP request of which nothing could be read": [6],
    });
  });

  it("put the spans of a trace that are far apart into one batch", async () => {
    const rows = [
      request(span(1, 9)),
      ...Array.from({ length: 50 }, (_, n) => request(span(n + 10))),
      request(span(2, 9)),
    ];
    const traces = new Map<string, number>();
    const { report } = await collectFile(jsonl(...rows));
    expect(report.taken).toMatchObject({ traces: 51, spans: 52 });
    const folder = await newFolder();
    await writeFile(join(folder, "x"), jsonl(...rows));
    let batch = 0;
    await importPaths([folder], async (items) => {
      batch++;
      for (const item of items.raw) {
        expect(traces.get(item.traceId) ?? batch).toBe(batch);
        traces.set(item.traceId, batch);
      }
      return { traceIds: [], sessionIds: [], spans: 0, feedback: 0 };
    });
    expect(traces.size).toBe(51);
  });
});

describe("formats", () => {
  const claude = {
    type: "user",
    uuid: "u",
    sessionId: "s",
    timestamp: "2026-01-01T00:00:00Z",
    message: { role: "user", content: "x" },
  };
  const codex = {
    timestamp: "2026-01-01T00:00:00Z",
    type: "response_item",
    payload: { type: "message", role: "user", content: [] },
  };
  const observation = { id: "o", traceId: "t", type: "SPAN", startTime: "2026-01-01T00:00:00Z" };
  const samples: [Format, string][] = [
    ["otlp", jsonl(request(span(1)))],
    ["otlp", jsonl(span(1))],
    ["otlp", jsonl(logs)],
    ["otlp-protobuf", protobuf(1).toString("latin1")],
    ["claude-code", jsonl(claude)],
    ["claude-code", jsonl({ type: "summary", summary: "x", leafUuid: "y" })],
    ["codex", jsonl(codex)],
    ["codex", jsonl({ timestamp: "2026-01-01T00:00:00Z", type: "session_meta", payload: { id: "x" } })],
    ["langfuse", jsonl(observation)],
    ["langfuse", JSON.stringify({ trace: { id: "t" }, observations: [] })],
    ["mlflow", JSON.stringify({ info: { trace_id: "t" }, data: { spans: [] } })],
    ["chat", jsonl({ messages: [{ role: "user", content: "x" }] })],
    ["chat", JSON.stringify([{ role: "user", content: "x" }])],
    ["feedback", jsonl({ session_id: "s", score: 1 })],
    ["feedback", "session_id,score\ns,1\n"],
  ];
  it.each(samples)("%s is recognised by its content", async (format, content) => {
    const { report } = await collectFile(Buffer.from(content, "latin1"), "any.name");
    expect(only(report.details)).toMatchObject({ format, error: null });
  });

  it.each([
    ["words", "just some words\nand more\n"],
    ["another table", "name,age\nann,3\n"],
    ["other JSON", '{"a":1}\n{"b":2}\n'],
    ["a lone number", "17"],
    ["random bytes", Buffer.from(Array.from({ length: 999 }, (_, n) => (n * 97) % 251))],
    ["bytes that begin like gzip", Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8])],
    ["an image", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0])],
    ["nothing", ""],
  ])("%s are none", async (_name, content) => {
    const { report, spans } = await collectFile(content);
    const [file] = report.details;
    expect(spans).toEqual([]);
    expect(file?.format ?? null).toBeNull();
    expect((file?.error ?? null) !== null || (file?.skipped.length ?? 0) > 0).toBe(true);
  });

  it("named by the caller are not guessed", async () => {
    const { report } = await collectFile(jsonl({ a: 1 }), "x", { format: "mlflow" });
    expect(only(report.details)).toMatchObject({ format: "mlflow" });
    expect(only(only(report.details).skipped)).toMatchObject({ reason: "not an MLflow trace", lines: [1] });
  });
});

describe("paths", () => {
  it("that cannot be read have an entry that says why; the others go on", async () => {
    const folder = await newFolder();
    const good = join(folder, "good.jsonl");
    await writeFile(good, jsonl(request(span(1))));
    const socket = join(folder, "socket");
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once("listening", resolve));
    const broken = join(folder, "broken.gz");
    const packed = gzipSync(jsonl(...Array.from({ length: 5000 }, (_, n) => request(span(n)))));
    await writeFile(broken, packed.subarray(0, packed.length / 2));
    const { report, spans } = await collect([join(folder, "missing"), socket, good, broken]);
    server.close();
    const errors = report.details.map((file) => file.error).filter((error) => error !== null);
    expect(errors).toEqual([
      "no such file or folder",
      "neither a file nor a folder (a socket, pipe or device)",
      "its gzip data ends early",
    ]);
    expect(report.files).toMatchObject({ found: 4, imported: 1, failed: 3 });
    expect(spans.some((item) => item.name === "s1")).toBe(true);
  });

  it.skipIf(process.getuid?.() === 0)("without permission say so", async () => {
    const path = join(await newFolder(), "secret");
    await writeFile(path, jsonl(request(span(1))));
    await chmod(path, 0);
    const { report } = await collect([path]);
    expect(only(report.details).error).toBe("no permission to read it");
  });

  it("of folders are walked in order; hidden ones are counted, links are named", async () => {
    const folder = await newFolder();
    await mkdir(join(folder, "b", "deep"), { recursive: true });
    await mkdir(join(folder, ".git"));
    await writeFile(join(folder, ".git", "x"), jsonl(request(span(7))));
    await writeFile(join(folder, ".hidden"), "x");
    await writeFile(join(folder, "b", "deep", "2.jsonl"), jsonl(request(span(2))));
    await writeFile(join(folder, "a.jsonl"), jsonl(request(span(1))));
    await symlink(folder, join(folder, "loop"));
    const done: number[] = [];
    const { report, spans } = await collect([folder, folder], {
      onProgress: (progress) => done.push(progress.done / progress.total),
    });
    expect(spans.map((item) => item.name)).toEqual(["s1", "s2"]);
    expect(report.files).toEqual({
      found: 3,
      imported: 2,
      nothingTaken: 0,
      unrecognised: 0,
      failed: 1,
      hidden: 2,
    });
    expect(done.at(-1)).toBe(1);
  });

  it("stop when the import is cancelled", async () => {
    const folder = await newFolder();
    for (const name of ["a", "b", "c"]) await writeFile(join(folder, name), jsonl(request(span(1))));
    const stop = new AbortController();
    const { report } = await collect([folder], { signal: stop.signal, onProgress: () => stop.abort() });
    expect(report).toMatchObject({ cancelled: true, files: { found: 1 } });
  });

  it("tell how far a large file has been read", async () => {
    const path = join(await newFolder(), "large.gz");
    const padding = { note: Array.from({ length: 3000 }, (_, n) => (n * 2654435761) % 4294967296).join() };
    await writeFile(
      path,
      gzipSync(
        jsonl(
          ...Array.from({ length: 60 }, (_, n) => ({ ...request(span(n)), ...padding, n })),
          request(span(99)),
        ),
      ),
    );
    const done: number[] = [];
    const onProgress = (progress: { done: number; total: number }) =>
      done.push(progress.done / progress.total);
    await collect([path], { onProgress });
    expect(done.length).toBeGreaterThan(2);
    expect(done).toEqual([...done].sort((left, right) => left - right));
    expect(done.at(-1)).toBe(1);
  });

  it("are asked for, and formats known", async () => {
    await expect(collect([])).rejects.toThrow("No path was given");
  });
});
