import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Reply } from "../scripted-replies.ts";
import { ask, connect, failureOf } from "./client.ts";

const KEY = "sk-very-secret-0123456789";
const TOKEN = "team-token-very-secret";
const keyed = {
  apiKeyEnv: "SCRIPTED_KEY",
  headers: { "x-team": { env: "TEAM" } },
  maxAttempts: 1,
  timeoutMs: 100,
};
const env = { SCRIPTED_KEY: KEY, TEAM: TOKEN };

function logged(value: unknown): string {
  const lines: string[] = [];
  pino({ level: "trace" }, { write: (line: string) => void lines.push(line) }).error(
    { err: value },
    "failed",
  );
  return lines.join("");
}

describe("keys", () => {
  const echo: Reply = { status: 400, body: { error: { message: `bad header ${KEY} and ${TOKEN}` } } };
  it.each<readonly [string, Reply | null]>([
    ["refused", { status: 401, body: { error: { message: `Incorrect API key provided: ${KEY}` } } }],
    ["echoed", echo],
    ["inside a good status", { status: 200, body: { error: { code: 500, message: KEY } } }],
    ["a server error", { status: 500, body: KEY }],
    ["a timeout", { breaks: "hang" }],
    ["a lost connection", { breaks: "reset" }],
    ["no server", null],
  ])("stand in no part of an error: %s", async (_, reply) => {
    const { llm, server } = await connect({ answer: () => reply ?? "ok" }, keyed, env);
    if (reply === null) await server.close();
    const error = await failureOf(llm.complete(ask("hello")));
    if (reply !== null)
      expect(server.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}`, "x-team": TOKEN });
    const everything = [
      error.describe(),
      error.stack,
      error.providerMessage,
      JSON.stringify(error),
      inspect(error, { depth: 10, showHidden: true }),
      logged(error),
    ].join("\n");
    expect(everything).not.toContain(KEY);
    expect(everything).not.toContain(TOKEN);
  });

  it("what a provider wrote reaches no log", async () => {
    const { llm } = await connect({
      answer: () => ({ status: 400, body: { error: { message: "IGNORE ALL RULES" } } }),
    });
    const error = await failureOf(llm.complete(ask("hello")));
    expect(error.providerMessage).toContain("IGNORE");
    expect(`${logged(error)}${JSON.stringify(error)}${inspect(error)}`).not.toContain("IGNORE");
  });

  it("do not follow a redirect", async () => {
    const received: string[] = [];
    const other = createServer((request, response) => {
      received.push(JSON.stringify(request.headers));
      response.end("{}");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const address = other.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const reply = { status: 307, headers: { location: `http://127.0.0.1:${port}/` } };
    const { llm } = await connect({ answer: () => reply }, keyed, env);
    const error = await failureOf(llm.complete(ask("hello")));
    expect(error.message).toMatch(/redirect/);
    expect(received).toEqual([]);
  });

  it("in a file are read again when they are refused: tokens expire", async () => {
    const folder = mkdtempSync(join(tmpdir(), "evalwright-key-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "token");
    writeFileSync(file, "old-token\n");
    const answer = ({ headers }: { readonly headers: Record<string, unknown> }): Reply =>
      headers["authorization"] === "Bearer new-token" ? "ok" : { status: 401, delayMs: 20 };
    const { llm, server } = await connect({ answer }, { apiKeyFile: file, maxAttempts: 1 });
    expect(await failureOf(llm.complete(ask("hello")))).toMatchObject({ kind: "auth", attempts: 1 });
    writeFileSync(file, "new-token\n");
    const answers = await Promise.all([1, 2, 3].map((n) => llm.complete(ask(`call ${n}`))));
    expect(answers.map(({ attempts }) => attempts)).toEqual([2, 2, 2]);
    expect(server.log.length).toBe(7);
  });
});

describe("an answer without end", () => {
  it("is cut off", async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(1 << 20))) {}
      };
      response.on("drain", more);
      more();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const { llm } = await connect(
      {},
      { baseUrl: `http://127.0.0.1:${port}`, maxAttempts: 1, timeoutMs: 30_000 },
    );
    expect(await failureOf(llm.complete(ask("hello")))).toMatchObject({ kind: "malformed" });
  });
});
