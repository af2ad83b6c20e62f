import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { text as readBody } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../server/harness.ts";
import { HOST, never, open, request, runOnce } from "./fixtures.ts";

async function serve(listener: RequestListener, port = 0): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}/agent?version=2`;
}

const answering = (work: (incoming: IncomingMessage, response: ServerResponse, body: string) => void) =>
  serve((incoming, response) => {
    void readBody(incoming).then((body) => work(incoming, response, body));
  });

describe("an HTTP target", () => {
  it("is posted the contract and answers it", async () => {
    const url = await answering((incoming, response, body) => {
      const { method, url: path, headers } = incoming;
      const seen = {
        method,
        path,
        authorization: headers.authorization,
        traceparent: headers["traceparent"],
      };
      response.end(JSON.stringify({ output: { seen, body: JSON.parse(body) }, usage: { costUsd: 0.1 } }));
    });
    const run = await runOnce(
      { kind: "http", url, headers: { authorization: "Bearer $" + "{TOKEN}" }, env: ["TOKEN"] },
      request({ n: 1 }),
      { host: { ...HOST, TOKEN: "t-1" } },
    );
    const traceparent = `00-${run.traceId}-${run.spanId}-01`;
    expect(run).toMatchObject({
      status: "ok",
      output: {
        seen: { method: "POST", path: "/agent?version=2", authorization: "Bearer t-1", traceparent },
        body: {
          inputs: { n: 1 },
          messages: [],
          sessionId: "session-1",
          exampleId: "example-1",
          prompts: {},
          traceparent,
        },
      },
      usage: { inputTokens: null, costUsd: 0.1 },
      exitCode: null,
    });
  });

  it("may answer plain text or nothing", async () => {
    const url = await answering((_, response, body) => response.end(JSON.parse(body).inputs));
    const target = await open({ kind: "http", url });
    expect(await target.run(request("Hello"), { signal: never })).toMatchObject({
      status: "ok",
      output: "Hello",
    });
    expect(await target.run(request(""), { signal: never })).toMatchObject({ status: "empty" });
  });

  it("fails with its status and what it says", async () => {
    const url = await answering((_, response, body) => {
      const { status, text } = JSON.parse(body).inputs;
      response.writeHead(status, { location: "/elsewhere" }).end(text);
    });
    const target = await open({ kind: "http", url });
    const ask = (status: number, text: string) => target.run(request({ status, text }), { signal: never });
    expect(await ask(500, "broken")).toMatchObject({
      status: "error",
      reason: "HTTP status 500",
      error: "broken",
    });
    expect(await ask(503, '{"error": "busy"}')).toMatchObject({
      status: "error",
      error: "busy",
      attempts: 1,
    });
    expect(await ask(307, "")).toMatchObject({
      reason: "HTTP status 307; redirects are not followed",
      error: null,
    });
    expect((await ask(400, "é".repeat(5000))).error?.length).toBeLessThan(1100);
  });

  it("is ended when it takes too long, sends too much, or the caller leaves", async () => {
    const url = await answering((_, response, body) => {
      const { inputs } = JSON.parse(body);
      if (inputs === "flood") {
        const more = () => response.write("x".repeat(10_000), () => setImmediate(more));
        more();
      }
      if (inputs === "begin") response.write("half");
    });
    const target = await open({ kind: "http", url, timeoutMs: 300, maxOutputBytes: 50_000 });
    for (const inputs of ["hang", "begin"]) {
      expect(await target.run(request(inputs), { signal: never })).toMatchObject({
        status: "timeout",
        reason: "it did not answer within 300 ms",
      });
    }
    expect(await target.run(request("flood"), { signal: never })).toMatchObject({ status: "too_large" });
    const patient = await open({ kind: "http", url });
    const stop = new AbortController();
    const running = patient.run(request("hang"), { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
  });

  it("that hangs up has crashed", async () => {
    const url = await answering((incoming, response, body) => {
      if (JSON.parse(body).inputs === "half")
        response.writeHead(200, { "content-length": 100 }).write("half");
      setTimeout(() => incoming.socket.destroy(), 20);
    });
    const target = await open({ kind: "http", url });
    for (const inputs of ["now", "half"]) {
      expect(await target.run(request(inputs), { signal: never })).toMatchObject({
        status: "crashed",
        reason: "the connection ended before the answer (ECONNRESET)",
      });
    }
  });

  it("that nobody started is no result of the target, and is waited for a little", async () => {
    const port = await freePort();
    const target = await open({ kind: "http", url: `http://127.0.0.1:${port}/` });
    expect(await target.run(request(), { signal: never })).toMatchObject({
      status: "infrastructure",
      reason: "the url cannot be reached (ECONNREFUSED)",
      attempts: 3,
    });
    const running = target.run(request(), { signal: never });
    await serve((_, response) => response.end("here"), port);
    expect(await running).toMatchObject({ status: "ok", output: "here" });
  });

  it("needs the variables that its headers name, and keeps keys out of the file", async () => {
    const headers = (value: string, name = "authorization") =>
      open({ kind: "http", url: "http://127.0.0.1:1/", headers: { [name]: value } });
    await expect(headers("Bearer $" + "{TOKEN}")).rejects.toThrow(
      'names the variable "TOKEN", which is not set',
    );
    await expect(headers("Bearer sk-1")).rejects.toThrow("keys do not belong in the file");
    await expect(headers("x", "Content-Length")).rejects.toThrow("is set by Evalwright");
    await expect(headers("x", "not a name")).rejects.toThrow("is not the name of a header");
    await expect(headers("a\nb", "x-tenant")).rejects.toThrow(
      'The value of the header "x-tenant" cannot be sent',
    );
    await expect(open({ kind: "http", url: "http://user:key@127.0.0.1:1/" })).rejects.toThrow(
      "must hold no credentials",
    );
  });

  it("is only called where the operator allows it, when commands are not allowed", async () => {
    const spec = { kind: "http", url: await serve((_, response) => response.end("hi")) };
    const port = new URL(spec.url).port;
    const closed = { allowCommands: false };
    await expect(open(spec, closed)).rejects.toMatchObject({ code: "refused" });
    await expect(open(spec, { ...closed, allowHosts: ["127.0.0.1:1"] })).rejects.toMatchObject({
      code: "refused",
    });
    for (const host of ["127.0.0.1", `127.0.0.1:${port}`]) {
      expect((await runOnce(spec, request(), { ...closed, allowHosts: [host] })).output).toBe("hi");
    }
  });
});
