import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  attach,
  bareEnv,
  freePort,
  listening,
  run,
  runExampleAgent,
  serverEntry,
  temporaryHome,
} from "./harness.ts";

const home = temporaryHome();
afterAll(() => home.remove());

interface Raw {
  readonly child: ChildProcessWithoutNullStreams;
  readonly lines: string[];
  send(message: object): void;
  answer(id: number): Promise<Record<string, unknown>>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** The server over bare pipes: what is on the wire is what is tested. */
async function raw(): Promise<Raw> {
  const args = [
    serverEntry,
    "--project",
    "raw",
    "--http-port",
    String(await freePort()),
    "--grpc-port",
    String(await freePort()),
  ];
  const child = spawn(process.execPath, args, { env: bareEnv(home.path), stdio: "pipe" });
  const lines: string[] = [];
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString("utf8")).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
  });
  return {
    child,
    lines,
    send: (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    async answer(id) {
      for (let i = 0; i < 400; i += 1) {
        const found = lines.map((line) => JSON.parse(line)).find((message) => message.id === id);
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      throw new Error(`no answer to ${id}: ${lines.join("\n")}`);
    },
    ended: new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal }))),
  };
}

const initialize = {
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
};

describe("both protocol eras", () => {
  it("answers initialize of 2025-06-18 with instructions under 2 KB", async () => {
    const server = await raw();
    server.send(initialize);
    const { result } = (await server.answer(1)) as { result: Record<string, unknown> };
    expect(result).toMatchObject({ protocolVersion: "2025-06-18", serverInfo: { name: "evalwright" } });
    expect(String(result["instructions"]).length).toBeLessThan(2_048);
    server.child.stdin.end();
    await server.ended;
  });

  it("answers server/discover of 2026-07-28", async () => {
    const server = await raw();
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientInfo": { name: "raw", version: "1" },
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    server.send({ id: 7, method: "server/discover", params: { _meta } });
    expect(JSON.stringify(await server.answer(7))).toContain("2026-07-28");
    server.child.stdin.end();
    await server.ended;
  });

  it("serves the SDK's maintenance line", async () => {
    const client = new LegacyClient({ name: "legacy", version: "1" });
    const args = [serverEntry, "--project", "legacy", "--no-collector"];
    await client.connect(new LegacyTransport({ command: process.execPath, args, env: bareEnv(home.path) }));
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toContain("search_traces");
    const result = await client.callTool({ name: "search_traces", arguments: {} });
    expect(result.structuredContent).toMatchObject({ empty: { project: "legacy", tracesInProject: 0 } });
    const first = Array.isArray(result.content) ? result.content[0] : undefined;
    expect(JSON.parse(first?.text ?? "")).toEqual(result.structuredContent);
    await client.close();
  });
});

describe("the wire", () => {
  it("carries JSON-RPC only, also while the collector starts and a tool fails", async () => {
    const server = await raw();
    server.send(initialize);
    server.send({ method: "notifications/initialized" });
    server.send({
      id: 2,
      method: "tools/call",
      params: { name: "search_traces", arguments: { filter: "((" } },
    });
    server.send({ id: 3, method: "tools/call", params: { name: "no_such_tool", arguments: {} } });
    server.child.stdin.write("this is not JSON\n");
    await server.answer(2);
    await server.answer(3);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    server.send({ id: 4, method: "tools/list" });
    await server.answer(4);
    expect(server.lines.map((line) => JSON.parse(line).jsonrpc)).toEqual(server.lines.map(() => "2.0"));
    server.child.stdin.end();
    await server.ended;
  });

  it.each(["stdin", "SIGINT", "SIGTERM"] as const)("ends with code 0 on %s", async (how) => {
    const server = await raw();
    server.send(initialize);
    await server.answer(1);
    await new Promise((resolve) => setTimeout(resolve, 600)); // the collector's thread is up by then
    if (how === "stdin") server.child.stdin.end();
    else server.child.kill(how);
    expect(await server.ended).toEqual({ code: 0, signal: null });
  });
});

/** A Node of this machine that is below our floor, and its version; nothing where there is none. */
function olderNode(): { path: string; version: string; napi: string } | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "node");
    if (!existsSync(path)) continue;
    const { stdout } = spawnSync(path, ["-p", "process.versions.node + ' ' + process.versions.napi"]);
    const [version = "", napi = ""] = String(stdout).trim().split(" ");
    if (Number(napi) < 10) return { path, version, napi };
  }
  return undefined;
}
const older = olderNode();

describe("a Node that is too old", () => {
  it.skipIf(!older)("(a real one) is refused in one sentence", () => {
    const { path = "", version, napi } = older ?? {};
    const { status, stderr } = spawnSync(path, [serverEntry], { env: bareEnv(home.path) });
    expect(String(stderr)).toBe(
      `Evalwright needs Node.js 22.14 or newer (Node-API 10); this is Node.js ${version} with Node-API ${napi}.\n`,
    );
    expect(status).toBe(1);
  });

  it("is refused in one sentence before anything native loads", async () => {
    const pretend =
      "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,napi:'9',node:'20.20.2'}})";
    const ended = await run(["--import", pretend, serverEntry], bareEnv(home.path));
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toBe(
      "Evalwright needs Node.js 22.14 or newer (Node-API 10); this is Node.js 20.20.2 with Node-API 9.\n",
    );
  });
});

describe("two servers on one store", () => {
  it("both read what one receives, and the port is handed over when its holder is killed", async () => {
    const [httpPort, grpcPort] = [await freePort(), await freePort()];
    const shared = temporaryHome();
    const first = await attach({ home: shared.path, httpPort, grpcPort });
    await listening(first.httpUrl);
    const second = await attach({ home: shared.path, httpPort, grpcPort });
    await runExampleAgent(first.httpUrl);
    expect(await second.call("search_traces", { level: "sessions" })).toMatchObject({ page: { total: 8 } });
    await second.call("record_feedback", { items: [{ sessionId: "chat-01", name: "by", value: "second" }] });
    await first.call("record_feedback", { items: [{ sessionId: "chat-02", name: "by", value: "first" }] });

    process.kill(first.pid, "SIGKILL");
    const until = Date.now() + 15_000;
    let received = false;
    while (!received && Date.now() < until) {
      received = await runExampleAgent(first.httpUrl).then(
        () => true,
        () => false,
      );
    }
    expect(received).toBe(true);
    expect(await second.call("search_traces", { filter: "since 1h", limit: 1 })).toMatchObject({
      page: { total: 30 },
    });
    expect(
      await second.call("search_traces", { level: "sessions", filter: "feedback.by is not null" }),
    ).toMatchObject({ page: { total: 2 } });
    await second.close();
    shared.remove();
  });
});

describe("a collector that is still starting", () => {
  it("is told by its own address, not by the usual one", async () => {
    const server = await attach({ home: home.path, project: "young" });
    const uri = "evalwright://guide/opentelemetry-python";
    const [empty, guide] = await Promise.all([
      server.call("search_traces"),
      server.client.readResource({ uri }),
    ]);
    expect(empty).toMatchObject({
      empty: { toSendHere: expect.arrayContaining([`OTEL_EXPORTER_OTLP_ENDPOINT=${server.httpUrl}`]) },
    });
    expect(JSON.stringify(guide)).toContain(server.httpUrl);
    await server.close();
  });
});

describe("resources and prompts", () => {
  let server: Awaited<ReturnType<typeof attach>>;
  beforeAll(async () => {
    server = await attach({ home: home.path, project: "guides" });
    await listening(server.httpUrl);
  });
  afterAll(() => server.close());

  it("offers guides filled with this collector's address and project", async () => {
    const { resources } = await server.client.listResources();
    expect(resources.length).toBeGreaterThanOrEqual(9);
    for (const { uri } of resources) {
      const { contents } = await server.client.readResource({ uri });
      const text = JSON.stringify(contents);
      expect(text, uri).toContain("x-evalwright-project");
      expect(text, uri).toContain(server.httpUrl);
      expect(text, uri).not.toMatch(/\{\{\w+\}\}/);
    }
  });

  it("answers an unknown trace resource with an error", async () => {
    await expect(server.client.readResource({ uri: "evalwright://trace/00000000" })).rejects.toThrow();
  });

  it("offers whole tasks as prompts", async () => {
    const { prompts } = await server.client.listPrompts();
    expect(prompts.map((prompt) => prompt.name).sort()).toEqual([
      "add_tracing",
      "analyze_failures",
      "improve_agent",
    ]);
    const tracing = await server.client.getPrompt({
      name: "add_tracing",
      arguments: { framework: "LangGraph" },
    });
    expect(JSON.stringify(tracing.messages)).toContain("LangGraph");
    expect(JSON.stringify(tracing.messages)).toContain("x-evalwright-project: guides");
    const analyze = await server.client.getPrompt({ name: "analyze_failures", arguments: {} });
    expect(JSON.stringify(analyze.messages)).toContain("since 24h");
  });
});
