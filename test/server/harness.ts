import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";
import { packageRoot } from "../../src/runtime.ts";

export const serverEntry = join(packageRoot, "dist/evalwright.js");

export function temporaryHome(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "evalwright-test-"));
  return {
    path,
    remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

/** Only what a host such as Codex passes on. */
export const bareEnv = (home: string): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: home,
  EVALWRIGHT_HOME: home,
});

export interface Attached {
  readonly client: Client;
  readonly httpUrl: string;
  readonly pid: number;
  /** The answer's structured content; throws with the error's text. */
  call(name: string, arguments_?: JsonObject): Promise<JsonObject>;
  /** The text of an error answer; throws when the call succeeds. */
  fail(name: string, arguments_?: JsonObject): Promise<string>;
  close(): Promise<void>;
}

const textOf = (content: unknown): string =>
  Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? "").join("\n") : "";

/** The built server as a host runs it, with a real client attached over stdio. */
export async function attach(options: {
  home: string;
  project?: string;
  httpPort?: number;
  grpcPort?: number;
  env?: Record<string, string>;
}): Promise<Attached> {
  const http = options.httpPort ?? (await freePort());
  const grpc = options.grpcPort ?? (await freePort());
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode: "auto" } });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      serverEntry,
      "--project",
      options.project ?? "test",
      "--http-port",
      String(http),
      "--grpc-port",
      String(grpc),
    ],
    env: { ...bareEnv(options.home), ...options.env },
    stderr: "inherit",
  });
  await client.connect(transport);
  const request = (name: string, arguments_: JsonObject) => client.callTool({ name, arguments: arguments_ });
  return {
    client,
    httpUrl: `http://127.0.0.1:${http}`,
    pid: transport.pid ?? -1,
    async call(name, arguments_ = {}) {
      const result = await request(name, arguments_);
      const value: unknown = result.structuredContent;
      if (result.isError || !isJsonObject(value)) throw new Error(`${name}: ${textOf(result.content)}`);
      return value;
    },
    async fail(name, arguments_ = {}) {
      const result = await request(name, arguments_);
      if (!result.isError)
        throw new Error(`${name} did not fail: ${JSON.stringify(result.structuredContent)}`);
      return textOf(result.content);
    },
    close: () => client.close(),
  };
}

/** Waits until the collector answers. */
export async function listening(url: string): Promise<void> {
  const until = Date.now() + 15_000;
  while (Date.now() < until) {
    const answer = await fetch(`${url}/healthz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens at ${url}`);
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of ours to its end. */
export function run(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string = packageRoot,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("utf8");
    });
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** The example agent holds its eight conversations and exports them with the official SDK. */
export async function runExampleAgent(url: string, project = "test"): Promise<void> {
  const ended = await run([join(packageRoot, "examples/support-agent/run.ts")], {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-evalwright-project=${project}`,
  });
  if (ended.code !== 0) throw new Error(`the example agent failed: ${ended.stderr}`);
}

/** What came from traces in an answer. */
export function untrustedOf(answer: JsonObject): JsonObject {
  const value = answer["untrusted"];
  if (!isJsonObject(value)) throw new Error(`no untrusted part: ${JSON.stringify(answer)}`);
  return value;
}

/** Rows of a table as objects. */
export function rowsOf(table: Json | undefined): JsonObject[] {
  if (!isJsonObject(table) || !Array.isArray(table["columns"]) || !Array.isArray(table["rows"])) {
    throw new Error(`not a table: ${JSON.stringify(table)}`);
  }
  const columns = table["columns"].map(String);
  return table["rows"].map((row) =>
    Object.fromEntries(columns.map((column, i) => [column, Array.isArray(row) ? (row[i] ?? null) : null])),
  );
}
