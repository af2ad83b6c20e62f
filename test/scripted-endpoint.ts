import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { z } from "zod";
import { isJsonObject, type Json, type JsonObject } from "../src/model/json.ts";
import {
  faultOf,
  type Reply,
  replyByRules,
  Script,
  type ScriptedRequest,
  spoil,
} from "./scripted-replies.ts";

/** Lets a scripted endpoint be the model of a process of ours. */
export const modelEnv = (url: string): Record<string, string> => ({
  EVALWRIGHT_MODEL: "scripted",
  EVALWRIGHT_MODEL_BASE_URL: url,
});

/** One request, written down when it is over. */
export interface ScriptedLogEntry {
  readonly number: number;
  readonly key: string;
  readonly seen: number;
  readonly hash: string;
  /** Milliseconds since the epoch at its arrival, and how long it took. */
  readonly at: number;
  readonly tookMs: number;
  /** Requests that were open when it came, itself included. */
  readonly open: number;
  /** `answer`, the status, or what broke. */
  readonly reply: string;
  /** False: the client had gone before the whole answer was sent. */
  readonly delivered: boolean;
}

export interface ScriptedEndpoint extends AsyncDisposable {
  /** The base URL, with /v1. */
  readonly url: string;
  /** As they came. */
  readonly requests: readonly ScriptedRequest[];
  readonly log: readonly ScriptedLogEntry[];
  close(): Promise<void>;
}

export interface StartScripted extends Partial<z.input<typeof Script>> {
  /** Instead of rules. */
  readonly answer?: ((request: ScriptedRequest) => Reply) | undefined;
}

/** An OpenAI-compatible chat-completions server that answers as told, deterministically, and keeps a log of its own. */
export async function startScriptedEndpoint(options: StartScripted = {}): Promise<ScriptedEndpoint> {
  const { answer, ...rest } = options;
  const script = Script.parse(rest);
  const requests: ScriptedRequest[] = [];
  const log: ScriptedLogEntry[] = [];
  const read = createReader(script);
  let open = 0;

  const serve = (raw: Buffer, message: IncomingMessage, response: ServerResponse, at: number): void => {
    const request = read(raw, message);
    requests.push(request);
    const planned = answer ? answer(request) : replyByRules(script, request);
    const fault = faultOf(script, request);
    const reply = fault ? spoil(planned, fault, script.latencyMs) : planned;
    const { number, key, seen, hash } = request;
    open += 1;
    const opened = open;
    response.once("close", () => {
      open -= 1;
      const entry: ScriptedLogEntry = {
        ...{ number, key, seen, hash, at, tookMs: Date.now() - at, open: opened },
        reply: fault?.kind ?? nameOf(reply),
        delivered: response.writableFinished,
      };
      log.push(entry);
      if (script.logFile) appendFileSync(script.logFile, `${JSON.stringify(entry)}\n`);
    });
    const delay = (typeof reply === "object" && reply.delayMs) || script.latencyMs;
    if (delay > 0) setTimeout(() => send(response, reply, request), delay);
    else send(response, reply, request);
  };

  const server = createServer((message, response) => {
    const at = Date.now();
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => serve(Buffer.concat(chunks), message, response, at));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(script.port, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : script.port;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `http://127.0.0.1:${port}/v1`, requests, log, close, [Symbol.asyncDispose]: close };
}

/** Numbers requests, and counts how often each key came. */
function createReader(script: Script): (raw: Buffer, message: IncomingMessage) => ScriptedRequest {
  const pattern = script.keyPattern === undefined ? null : new RegExp(script.keyPattern);
  const counts = new Map<string, number>();
  let number = 0;
  return (raw, message) => {
    const hash = createHash("sha256").update(raw).digest("hex");
    const text = raw.toString("utf8");
    const key = pattern?.exec(text)?.[0] ?? hash;
    const seen = counts.get(key) ?? 0;
    counts.set(key, seen + 1);
    number += 1;
    const body = parseBody(text);
    const { url: path = "", headers } = message;
    return { number, key, seen, hash, path, headers, body, text: textOf(body) };
  };
}

const nameOf = (reply: Reply): string => {
  if (typeof reply === "string" || "text" in reply) return "answer";
  return "status" in reply ? String(reply.status) : reply.breaks;
};

function parseBody(text: string): JsonObject {
  try {
    const body: unknown = JSON.parse(text);
    return isJsonObject(body) ? body : {};
  } catch {
    return {};
  }
}

function textOf(body: JsonObject): string {
  const messages = Array.isArray(body["messages"]) ? body["messages"] : [];
  const texts = messages.flatMap((message) => {
    const content = isJsonObject(message) ? message["content"] : undefined;
    const parts = Array.isArray(content) ? content : [content];
    return parts.map((part) => (isJsonObject(part) ? part["text"] : part));
  });
  return texts.filter((text) => typeof text === "string").join("\n\n");
}

function send(response: ServerResponse, reply: Reply, request: ScriptedRequest): void {
  if (response.destroyed) return;
  if (typeof reply === "object" && "breaks" in reply) {
    breakOff(response, reply.breaks);
    return;
  }
  if (typeof reply === "object" && "status" in reply) {
    const text = typeof reply.body === "string" ? reply.body : JSON.stringify(reply.body ?? {});
    response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers }).end(text);
    return;
  }
  response
    .writeHead(200, { "content-type": "application/json" })
    .end(JSON.stringify(completion(typeof reply === "string" ? { text: reply } : reply, request)));
}

function breakOff(response: ServerResponse, how: "hang" | "reset" | "trickle" | "cut"): void {
  if (how === "hang") return;
  if (how === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  response.writeHead(200, { "content-type": "application/json" });
  if (how === "cut") {
    response.end('{"id": "chatcmpl-1", "choices": [{"mess');
    return;
  }
  response.write("{");
  const timer = setInterval(() => response.write(" "), 20);
  response.once("close", () => clearInterval(timer));
}

function completion(
  reply: Exclude<Extract<Reply, object>, { status: number } | { breaks: string }>,
  request: ScriptedRequest,
): Json {
  const { text, toolCalls = [], refusal, model, usage } = reply;
  const finishReason = reply.finishReason ?? (toolCalls.length > 0 ? "tool_calls" : "stop");
  const tool_calls = toolCalls.map(({ name, arguments: given }, i) => ({
    id: `call_${request.number}_${i}`,
    type: "function",
    function: { name, arguments: JSON.stringify(given) },
  }));
  const prompt_tokens = Math.ceil(request.text.length / 4);
  const completion_tokens = Math.ceil((text ?? "").length / 4);
  const counted = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  return {
    id: `chatcmpl-${request.number}`,
    object: "chat.completion",
    created: 0,
    model: model ?? (typeof request.body["model"] === "string" ? request.body["model"] : "scripted"),
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text,
          refusal: refusal ?? null,
          ...(tool_calls.length > 0 ? { tool_calls } : {}),
        },
        finish_reason: finishReason,
      },
    ],
    ...(usage === null ? {} : { usage: usage ?? counted }),
  };
}

export interface ScriptedProcess extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Resolves when the process is gone. */
  close(): Promise<void>;
}

/** The same in a process of its own, which ends with this one. Its log is the script's `logFile`. */
export async function spawnScriptedEndpoint(
  script: Partial<z.input<typeof Script>>,
): Promise<ScriptedProcess> {
  const child = spawn(process.execPath, [import.meta.filename, JSON.stringify(script)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString("utf8").trim()));
    child.once("exit", () => reject(new Error("the scripted endpoint ended before it started")));
  });
  const close = (): Promise<void> => {
    child.kill("SIGKILL");
    return exited;
  };
  return { url, pid: child.pid ?? -1, close, [Symbol.asyncDispose]: close };
}

// `node test/scripted-endpoint.ts '{"latencyMs": 50}'` writes its base URL and serves until its stdin closes.
if (import.meta.main) {
  const { url } = await startScriptedEndpoint(Script.parse(JSON.parse(process.argv[2] ?? "{}")));
  process.stdout.write(`${url}\n`);
  process.stdin.on("end", () => process.exit(0)).resume();
}
