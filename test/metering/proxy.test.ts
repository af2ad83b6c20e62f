import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { freePort } from "../server/harness.ts";
import { meterRun, post } from "./meter.ts";
import { sendJson, startUpstream } from "./upstream.ts";

const USAGE = { prompt_tokens: 3, completion_tokens: 4 };
const lowerNames = (raw: readonly string[]) =>
  raw.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());

/** One exchange whose headers are ours alone, byte for byte. */
async function raw(url: string, head: readonly string[], body: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`${[...head, "Connection: close"].join("\r\n")}\r\n\r\n${body}`);
  const chunks: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  await once(socket, "close");
  return Buffer.concat(chunks).toString("latin1");
}

describe("what passes is unchanged:", () => {
  it("path, query, headers and body on the way there; status, headers and body on the way back", async () => {
    const upstream = await startUpstream((response) =>
      response
        .writeHead(201, "Made", ["X-Request-Id", "r-\xfc", "Set-Cookie", "a=1", "Set-Cookie", "b=2"])
        .end('{"odd" :  "spacing"}'),
    );
    const run = await meterRun(`${upstream.url}/v1`);
    const { pathname, host } = new URL(run.url);
    const body = '{"model":"m",\n "x": 1}';
    // Node.js writes what stands before a text as it writes the text: in UTF-8, which is then how it goes on.
    const answer = await raw(
      run.url,
      [
        `POST ${pathname}/chat/completions?api-version=2024%2D10 HTTP/1.1`,
        `Host: ${host}`,
        "Authorization: Bearer secret",
        "X-Stainless-Lang: js",
        "accept-encoding: identity",
        "Proxy-Authorization: ours",
        `Content-Length: ${body.length}`,
      ],
      body,
    );
    expect(upstream.seen).toHaveLength(1);
    const [seen] = upstream.seen;
    expect(seen?.path).toBe("/v1/chat/completions?api-version=2024%2D10");
    expect(seen?.body.toString()).toBe(body);
    expect(seen?.headers.slice(0, 10)).toEqual([
      ...["Host", new URL(upstream.url).host],
      ...["Authorization", "Bearer secret", "X-Stainless-Lang", "js", "accept-encoding", "identity"],
      ...["Content-Length", String(body.length)],
    ]);
    expect(lowerNames(seen?.headers ?? []).slice(5)).toEqual(["connection"]);
    expect(answer).toMatch(/^HTTP\/1\.1 201 Made\r\n/);
    expect(answer).toContain("X-Request-Id: r-\xc3\xbc\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n");
    expect(answer).toContain('{"odd" :  "spacing"}');
  });

  it("bodies of any length, told beforehand or not", async () => {
    const upstream = await startUpstream((response, { body }) => sendJson(response, { length: body.length }));
    const run = await meterRun(upstream.url);
    for (const headers of [{ "transfer-encoding": "chunked" }, { "content-length": String(40 << 20) }]) {
      const client = httpRequest(`${run.url}/files`, { method: "POST", headers });
      for (let i = 0; i < 40; i += 1) client.write(Buffer.alloc(1 << 20, i));
      client.end();
      const [response] = await once(client, "response");
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      expect(JSON.parse(Buffer.concat(chunks).toString())).toEqual({ length: 40 << 20 });
    }
    upstream.seen.forEach(({ body }) => {
      expect([body[0], body[(20 << 20) + 5], body.at(-1)]).toEqual([0, 20, 39]);
    });
  });

  it("each event of a stream as it comes", async () => {
    const answers: (() => void)[] = [];
    const upstream = await startUpstream((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"choices":[{"delta":{"content":"first"}}]}\n\n');
      // The second is sent only when the first has been read: a proxy that gathers would wait for ever.
      answers.push(() =>
        response.end(`data: ${JSON.stringify({ choices: [], usage: USAGE })}\n\ndata: [DONE]\n\n`),
      );
    });
    const run = await meterRun(upstream.url);
    const response = await fetch(`${run.url}/chat/completions`, { method: "POST", body: '{"stream":true}' });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain("first");
    answers[0]?.();
    expect((await reader?.read())?.value).toContain("usage");
    expect((await reader?.read())?.done).toBe(true);
    expect(await run.end()).toMatchObject({ calls: 1, unknown: 0, inputTokens: 3, outputTokens: 4 });
  });

  it("refusals of the provider, with the time to wait", async () => {
    const upstream = await startUpstream((response) =>
      response
        .writeHead(429, { "retry-after": "7", "retry-after-ms": "7000" })
        .end('{"error":{"message":"slow"}}'),
    );
    const run = await meterRun(upstream.url);
    const answer = await post(`${run.url}/chat/completions`, {});
    expect(answer).toMatchObject({ status: 429, text: '{"error":{"message":"slow"}}' });
    expect(answer.headers.get("retry-after")).toBe("7");
    expect(answer.headers.get("x-should-retry")).toBeNull();
    expect(await run.end()).toMatchObject({ calls: 0, failed: 1 });
  });
});

describe("what goes away on one side ends the other:", () => {
  it("a target that hangs up ends the upstream's work", async () => {
    let gone: (() => void) | undefined;
    const isGone = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const upstream = await startUpstream((response) => {
      response.once("close", () => gone?.());
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: {}\n\n");
    });
    const run = await meterRun(upstream.url);
    const stop = new AbortController();
    const response = await fetch(`${run.url}/chat/completions`, {
      method: "POST",
      body: "{}",
      signal: stop.signal,
    });
    await response.body?.getReader().read();
    stop.abort();
    await isGone;
    expect(await run.end()).toMatchObject({ calls: 1, unknown: 1 });
  });

  it("an answer that breaks off does so for the target, and is not made whole", async () => {
    const upstream = await startUpstream((response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write('{"usage":', () => response.destroy());
    });
    const run = await meterRun(upstream.url);
    await expect(post(`${run.url}/chat/completions`, {})).rejects.toThrow();
    expect(await run.end()).toMatchObject({ calls: 1, unknown: 1 });
  });

  it("a dead upstream is 502 with a sentence", async () => {
    const run = await meterRun(`http://127.0.0.1:${await freePort()}/v1`);
    const answer = await post(`${run.url}/chat/completions`, {});
    expect(answer.status).toBe(502);
    expect(JSON.parse(answer.text).error).toMatchObject({
      message: expect.stringMatching(/could not reach the upstream .*ECONNREFUSED/),
      code: "evalwright_upstream_unreachable",
    });
    expect(await run.end()).toMatchObject({ calls: 0, failed: 1 });
  });
});

describe("nobody else is served:", () => {
  it.each([
    ["no token", "/v1/chat/completions"],
    ["a guessed token", "/r/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/v1/chat/completions"],
    ["a path beside the upstream's", "/r/TOKEN/v2/chat/completions"],
    ["a path that only begins like it", "/r/TOKEN/v1x/chat/completions"],
    ["a path that climbs out", "/r/TOKEN/v1/../admin"],
    ["one that hides it", "/r/TOKEN/v1/%2e%2E/admin"],
    ["another host in the path", "http://example.com/v1/chat/completions"],
  ])("%s", async (_, path) => {
    const upstream = await startUpstream((response) => sendJson(response, {}));
    const run = await meterRun(`${upstream.url}/v1`);
    const token = /\/r\/([^/]+)/.exec(run.url)?.[1] ?? "";
    const { host } = new URL(run.url);
    const answer = await raw(run.url, [`POST ${path.replace("TOKEN", token)} HTTP/1.1`, `Host: ${host}`], "");
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).toContain("evalwright_no_such_path");
    expect(upstream.seen).toEqual([]);
  });

  it("a name that was made to resolve to us", async () => {
    const upstream = await startUpstream((response) => sendJson(response, {}));
    const run = await meterRun(upstream.url);
    const { pathname, port } = new URL(run.url);
    const answer = await raw(
      run.url,
      [`GET ${pathname}/models HTTP/1.1`, `Host: rebound.example:${port}`],
      "",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(upstream.seen).toEqual([]);
  });

  it("a run that has ended", async () => {
    const upstream = await startUpstream((response) => sendJson(response, { usage: USAGE }));
    const run = await meterRun(upstream.url);
    expect((await post(`${run.url}/chat/completions`, {})).status).toBe(200);
    await run.end();
    expect((await post(`${run.url}/chat/completions`, {})).status).toBe(404);
    expect(upstream.seen).toHaveLength(1);
  });

  it("with two tokens alike", async () => {
    const [a, b] = await Promise.all([meterRun("http://127.0.0.1:9"), meterRun("http://127.0.0.1:9")]);
    expect(a.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/r\/[\w-]{32}$/);
    expect(new URL(a.url).pathname).not.toBe(new URL(b.url).pathname);
  });
});
