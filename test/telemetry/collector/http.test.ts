import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { deflateSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../src/errors.ts";
import { REQUEST_OVERHEAD_BYTES } from "../../../src/telemetry/collector/gate.ts";
import { decode } from "../otlp/descriptor.ts";
import { jsonSpan, jsonTraceRequest, logsRequest, SPAN_ID, span, traceRequest } from "../otlp/samples.ts";
import { startTestCollector, until } from "./start.ts";

const PROTOBUF = { "content-type": "application/x-protobuf" };
const JSON_TYPE = { "content-type": "application/json" };

const post = (url: string, body: Uint8Array, headers: Record<string, string>) =>
  fetch(url, { method: "POST", body: Buffer.from(body), headers });

const statusOf = async (response: Response) =>
  decode("RpcStatus", new Uint8Array(await response.arrayBuffer()));

/** A request with headers that fetch does not let one set. */
const raw = (
  port: number,
  options: { method?: string; path: string; headers: Record<string, string>; body?: Uint8Array },
) =>
  new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const { method = "POST", path, headers, body } = options;
    const request = httpRequest({ host: "127.0.0.1", port, method, path, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += String(chunk);
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });

describe("accepted", () => {
  test("protobuf: 200, an empty message of the same type, and the spans are stored", async () => {
    const { url, store } = await startTestCollector();
    const response = await post(`${url}/v1/traces`, traceRequest(span()), PROTOBUF);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/x-protobuf");
    expect((await response.arrayBuffer()).byteLength).toBe(0);
    expect(store.spans().map((item) => item.spanId)).toEqual([SPAN_ID]);
  });

  test("JSON with a charset: 200 and {}", async () => {
    const { url, store } = await startTestCollector();
    const response = await post(`${url}/v1/traces`, jsonTraceRequest(jsonSpan()), {
      "content-type": "Application/JSON; charset=utf-8",
    });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual({});
    expect(store.spans()).toHaveLength(1);
  });

  test.each([
    ["gzip", gzipSync],
    ["deflate", deflateSync],
  ])("%s", async (encoding, compress) => {
    const { url, store } = await startTestCollector();
    const response = await post(`${url}/v1/traces`, compress(traceRequest(span())), {
      ...PROTOBUF,
      "content-encoding": encoding,
    });
    expect(response.status).toBe(200);
    expect(store.spans()).toHaveLength(1);
  });

  test("logs are stored, metrics are taken and dropped, an empty request is a success", async () => {
    const { url, store } = await startTestCollector();
    const prompt = { timeUnixNano: "5000", body: { stringValue: "claude_code.user_prompt" } };
    expect((await post(`${url}/v1/logs`, logsRequest(prompt), PROTOBUF)).status).toBe(200);
    const stored = store.spans().length;
    expect(stored).toBeGreaterThan(0);
    expect((await post(`${url}/v1/metrics`, Buffer.from("anything"), PROTOBUF)).status).toBe(200);
    expect((await post(`${url}/v1/traces`, new Uint8Array(0), PROTOBUF)).status).toBe(200);
    expect(store.spans()).toHaveLength(stored);
  });

  test("a partial success counts what was refused, in either encoding", async () => {
    const { url, store } = await startTestCollector();
    const body = traceRequest(span(), span({ startTimeUnixNano: 0 }));
    const response = await post(`${url}/v1/traces`, body, PROTOBUF);
    expect(response.status).toBe(200);
    expect(decode("ExportResponse", new Uint8Array(await response.arrayBuffer()))).toEqual({
      partialSuccess: { rejected: "1", errorMessage: "Refused: start time is missing (1)" },
    });
    const json = jsonTraceRequest(jsonSpan(), jsonSpan({ spanId: "xyz" }));
    expect(await (await post(`${url}/v1/traces`, json, JSON_TYPE)).json()).toEqual({
      partialSuccess: { rejectedSpans: "1", errorMessage: "Refused: span id is not 8 bytes (1)" },
    });
    expect(store.spans()).toHaveLength(2);
  });

  test("success is said only after the store has said it", async () => {
    const { url, store } = await startTestCollector();
    let finish: () => void = () => undefined;
    store.onInsert(() => new Promise((resolve) => (finish = resolve)));
    let answered = false;
    const response = post(`${url}/v1/traces`, traceRequest(span()), PROTOBUF).then((answer) => {
      answered = true;
      return answer.status;
    });
    await until(() => store.inserts() === 1, "the insert");
    expect(answered).toBe(false);
    finish();
    expect(await response).toBe(200);
  });

  test("what arrives during a write shares the next one, and bad company costs nobody", async () => {
    const { url, store } = await startTestCollector();
    let finish: () => void = () => undefined;
    store.onInsert(() => new Promise((resolve) => (finish = resolve)));
    const first = post(`${url}/v1/traces`, traceRequest(span({ name: "first" })), PROTOBUF);
    await until(() => store.inserts() === 1, "the first insert");
    const names = ["a", "bad", "b"];
    const rest = names.map((name) => post(`${url}/v1/traces`, traceRequest(span({ name })), PROTOBUF));
    await new Promise((resolve) => setTimeout(resolve, 300));
    store.onInsert(async (batches) => {
      if (batches.some((batch) => batch.spans.some((item) => item.name === "bad")))
        throw new Error("bad data");
    });
    finish();
    expect((await first).status).toBe(200);
    expect((await Promise.all(rest)).map((response) => response.status)).toEqual([200, 500, 200]);
    expect(
      store
        .spans()
        .map((item) => item.name)
        .sort(),
    ).toEqual(["a", "b", "first"]);
    expect(store.inserts()).toBe(5);
  });
});

describe("refused", () => {
  test("binary junk is 400 with google.rpc.Status in the request's encoding", async () => {
    const { url } = await startTestCollector();
    const response = await post(`${url}/v1/traces`, Buffer.from([255, 1, 2, 3]), PROTOBUF);
    expect(response.status).toBe(400);
    expect(response.headers.get("content-type")).toBe("application/x-protobuf");
    expect(await statusOf(response)).toMatchObject({ code: 3 });
    const json = await post(`${url}/v1/traces`, Buffer.from("{"), JSON_TYPE);
    expect(json.status).toBe(400);
    expect(await json.json()).toMatchObject({ code: 3, message: expect.stringContaining("not valid JSON") });
  });

  test("logs at /v1/traces are 400 and told where to go, and the status remembers it", async () => {
    const { url, collector } = await startTestCollector();
    const response = await post(`${url}/v1/traces`, logsRequest({ timeUnixNano: "5" }), PROTOBUF);
    expect(response.status).toBe(400);
    expect(JSON.stringify(await statusOf(response))).toContain("/v1/logs");
    expect(collector.status().detail).toContain("they go to /v1/logs");
  });

  test("wrong paths are 404 and wrong methods 405, both with the paths that exist", async () => {
    const { url, collector } = await startTestCollector();
    for (const path of ["/", "/api/traces", "/v1/traces/v1/traces"]) {
      const response = await post(`${url}${path}`, traceRequest(span()), PROTOBUF);
      expect(response.status).toBe(404);
      expect(JSON.stringify(await statusOf(response))).toContain("/v1/traces");
    }
    expect(collector.status().detail).toContain("path that does not exist");
    const get = await fetch(`${url}/v1/traces`);
    expect(get.status).toBe(405);
    expect(get.headers.get("allow")).toBe("POST");
    expect((await post(`${url}/healthz`, new Uint8Array(0), JSON_TYPE)).status).toBe(405);
  });

  test.each([
    ["text/plain", {}],
    ["application/x-www-form-urlencoded", {}],
    ["application/json", { "content-encoding": "br" }],
  ])("%s %j is 415", async (type, extra) => {
    const { url } = await startTestCollector();
    const response = await post(`${url}/v1/traces`, jsonTraceRequest(jsonSpan()), {
      "content-type": type,
      ...extra,
    });
    expect(response.status).toBe(415);
  });

  test("a foreign Host and an unlisted Origin are 403, loopback names are served", async () => {
    const { port } = await startTestCollector({ allowedHosts: ["collector.internal"] });
    const send = (headers: Record<string, string>) =>
      raw(port, {
        path: "/v1/traces",
        headers: { ...JSON_TYPE, ...headers },
        body: jsonTraceRequest(jsonSpan()),
      });
    expect((await send({ host: "evil.example" })).status).toBe(403);
    expect((await send({ host: "127.0.0.1.evil.example:4318" })).status).toBe(403);
    expect((await send({ host: "localhost:4318", origin: "https://evil.example" })).status).toBe(403);
    expect((await send({ host: "localhost:4318", origin: "null" })).status).toBe(403);
    for (const host of ["localhost:1", "LOCALHOST", "[::1]:4318", "collector.internal"]) {
      expect((await send({ host })).status).toBe(200);
    }
  });

  test("damaged and cut gzip is 400", async () => {
    const { url } = await startTestCollector();
    const body = gzipSync(traceRequest(span()));
    const headers = { ...PROTOBUF, "content-encoding": "gzip" };
    expect((await post(`${url}/v1/traces`, traceRequest(span()), headers)).status).toBe(400);
    expect((await post(`${url}/v1/traces`, body.subarray(0, body.length - 12), headers)).status).toBe(400);
  });
});

describe("sizes", () => {
  test("a 200 MB body is 413 at the default limit", async () => {
    const { url, store } = await startTestCollector();
    const chunk = Buffer.alloc(1024 * 1024);
    const body = new ReadableStream({
      start: () => undefined,
      pull(controller) {
        sent += 1;
        if (sent > 200) controller.close();
        else controller.enqueue(chunk);
      },
    });
    let sent = 0;
    const response = await fetch(`${url}/v1/traces`, {
      method: "POST",
      body,
      headers: PROTOBUF,
      duplex: "half",
    });
    expect(response.status).toBe(413);
    expect(JSON.stringify(await statusOf(response))).toContain("67108864 bytes");
    expect(store.inserts()).toBe(0);
    const declared = await post(`${url}/v1/traces`, Buffer.alloc(70 * 1024 * 1024), PROTOBUF);
    expect(declared.status).toBe(413);
  });

  test("a zip bomb is 413 and is never inflated whole", async () => {
    const { url } = await startTestCollector({ maxBodyBytes: 1024 * 1024 });
    const inner = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    // Members of a gzip file follow one another: 40 of them inflate to 2.5 GB.
    const bomb = Buffer.concat(Array.from({ length: 40 }, () => inner));
    const before = process.memoryUsage.rss();
    const response = await post(`${url}/v1/traces`, bomb, { ...PROTOBUF, "content-encoding": "gzip" });
    expect(response.status).toBe(413);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 * 1024 * 1024);
  });

  test("the limit is exact", async () => {
    const body = traceRequest(span());
    const exact = await startTestCollector({ maxBodyBytes: body.length });
    expect((await post(`${exact.url}/v1/traces`, body, PROTOBUF)).status).toBe(200);
    const below = await startTestCollector({ maxBodyBytes: body.length - 1 });
    const zipped = gzipSync(body);
    expect((await post(`${below.url}/v1/traces`, body, PROTOBUF)).status).toBe(413);
    const headers = { ...PROTOBUF, "content-encoding": "gzip" };
    expect((await post(`${below.url}/v1/traces`, zipped, headers)).status).toBe(413);
  });

  test("a body that stops coming is given up", async () => {
    const { port, url } = await startTestCollector({ requestTimeoutMs: 300 });
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.on("data", (data) => {
      answer += String(data);
    });
    socket.write(
      "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
    );
    await until(() => socket.closed, "the end of the connection");
    expect(answer).toContain("408");
    expect((await post(`${url}/v1/traces`, traceRequest(span()), PROTOBUF)).status).toBe(200);
  });

  test("a sender that goes away mid-body gives its bytes back", async () => {
    const { port, url, store } = await startTestCollector({ maxBodyBytes: 40_000, maxInFlightBytes: 50_000 });
    for (let round = 0; round < 5; round += 1) {
      const socket = connect(port, "127.0.0.1");
      socket.write(
        "POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 39000\r\n\r\n",
      );
      socket.write(Buffer.alloc(30_000, 32));
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
    }
    const big = traceRequest(span({ name: "x".repeat(39_000) }));
    await until(async () => (await post(`${url}/v1/traces`, big, PROTOBUF)).status === 200, "room again");
    expect(store.spans()).toHaveLength(1);
  });
});

describe("back-pressure", () => {
  test("a busy store is 503 with Retry-After, a broken one 500", async () => {
    const { url, store } = await startTestCollector();
    store.onInsert(async () => {
      throw new AppError("unavailable", "The store is busy");
    });
    const busy = await post(`${url}/v1/traces`, traceRequest(span()), PROTOBUF);
    expect(busy.status).toBe(503);
    expect(Number(busy.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await statusOf(busy)).toMatchObject({ code: 14 });
    store.onInsert(async () => {
      throw new Error("secret detail of a driver");
    });
    const broken = await post(`${url}/v1/traces`, traceRequest(span()), PROTOBUF);
    expect(broken.status).toBe(500);
    expect(JSON.stringify(await statusOf(broken))).not.toContain("secret");
  });

  test("a store that never answers fills the bound, not the memory; bad data is still 400", async () => {
    const body = traceRequest(span({ name: "x".repeat(10_000) }));
    const { url, store } = await startTestCollector({
      maxInFlightBytes: (body.length + REQUEST_OVERHEAD_BYTES) * 3 + 9_000,
    });
    let finish: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => {
      finish = resolve;
    });
    store.onInsert(() => stuck);
    const sent = Array.from({ length: 20 }, () => post(`${url}/v1/traces`, body, PROTOBUF));
    let refused = 0;
    for (const response of sent) {
      response
        .then((answer) => {
          if (answer.status === 503) refused += 1;
        })
        .catch(() => undefined);
    }
    await until(() => refused === 17, "17 refusals");
    expect((await post(`${url}/v1/traces`, Buffer.from([255]), PROTOBUF)).status).toBe(400);
    finish();
    const statuses = (await Promise.all(sent)).map((response) => response.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(3);
    expect(store.spans()).toHaveLength(3);
    expect((await post(`${url}/v1/traces`, body, PROTOBUF)).status).toBe(200);
  });
});

test("GET /healthz says who we are", async () => {
  const { url } = await startTestCollector();
  await post(`${url}/v1/traces`, traceRequest(span()), PROTOBUF);
  expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({
    product: "evalwright",
    version: expect.stringMatching(/^\d/),
    storeId: "test-store",
    pid: process.pid,
    state: "listening",
    received: { spans: 1 },
  });
});

test("a gRPC sender at the HTTP port is recognised", async () => {
  const { port, collector } = await startTestCollector();
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  await until(() => collector.status().detail.includes("gRPC sender"), "the hint");
  socket.destroy();
});
