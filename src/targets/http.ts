import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { invalidInput } from "../errors.ts";
import type { HttpTarget } from "../model/target.ts";
import type { TargetInput } from "../model/target-run.ts";
import { type Limits, startLimits } from "./limits.ts";
import { readOutput } from "./output.ts";
import type { Place } from "./place.ts";
import { type Attempt, failedAttempt, type Runner, startClock } from "./runner.ts";

const ERROR_BYTES = 2_048;

/** A server that nobody started yet, or that is just being restarted. */
const NOT_YET = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"]);

/**
 * A server that somebody else runs: the input is posted as JSON, the body of the answer is read like the output of a
 * command. Redirects are not followed.
 * @throws AppError `invalid_input` when a header names a variable that is not set.
 */
export function httpRunner(spec: HttpTarget, place: Place): Runner {
  const headers = fillHeaders(spec.headers, place.configured);
  return {
    check: () => undefined,
    attempt: (input, _slot, signal) => post(spec, headers, input, signal),
    close: () => Promise.resolve(),
  };
}

function fillHeaders(
  headers: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const fill = (header: string, text: string): string =>
    text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
      const value = variables[name];
      if (value !== undefined) return value;
      throw invalidInput(
        `The header "${header.slice(0, 80)}" names the variable "${name.slice(0, 80)}", which is not set`,
        'Set it in the target\'s envFile, or list it under "env" and set it in the environment of Evalwright.',
      );
    });
  return Object.fromEntries(
    Object.entries(headers).map(([header, text]) => {
      const value = fill(header, text);
      try {
        http.validateHeaderValue(header, value);
      } catch {
        throw invalidInput(`The value of the header "${header.slice(0, 80)}" cannot be sent`);
      }
      return [header, value];
    }),
  );
}

async function post(
  spec: HttpTarget,
  headers: Readonly<Record<string, string>>,
  input: TargetInput,
  signal: AbortSignal,
): Promise<Attempt> {
  const limits = startLimits(spec.timeoutMs, signal);
  const elapsed = startClock();
  const exchange = startExchange(spec, headers, input, limits);
  const stop = await Promise.race([limits.stopped, exchange.ended.then(() => null)]);
  exchange.destroy();
  limits.clear();
  const end = await exchange.ended;
  const durationMs = elapsed();
  if (stop === "aborted") throw signal.reason;
  if (stop === "timeout" && !exchange.isConnected())
    return failedAttempt("infrastructure", `no connection within ${spec.timeoutMs} ms`, { durationMs });
  if (stop === "timeout")
    return failedAttempt("timeout", `it did not answer within ${spec.timeoutMs} ms`, { durationMs });
  if (stop === "too_large")
    return failedAttempt("too_large", `it sent more than ${spec.maxOutputBytes} bytes`, { durationMs });
  if ("code" in end) return broken(end.code, exchange.isConnected(), durationMs);
  return { ...readResponse(end), durationMs };
}

function broken(code: string, wasConnected: boolean, durationMs: number): Attempt {
  if (wasConnected)
    return failedAttempt("crashed", `the connection ended before the answer (${code})`, { durationMs });
  return failedAttempt("infrastructure", `the url cannot be reached (${code})`, {
    durationMs,
    again: NOT_YET.has(code),
  });
}

interface Response {
  readonly status: number;
  readonly encoding: string;
  readonly body: Uint8Array;
}

function readResponse({ status, encoding, body }: Response): Omit<Attempt, "durationMs"> {
  if (encoding !== "identity")
    return failedAttempt("invalid", "its answer is compressed, which was not asked for");
  const { isContract, ...read } = readOutput(body);
  if (status >= 200 && status < 300) return { ...read, exitCode: null };
  const reason = `HTTP status ${status}${status >= 300 && status < 400 ? "; redirects are not followed" : ""}`;
  const said = new TextDecoder().decode(body.subarray(0, ERROR_BYTES));
  return failedAttempt("error", reason, { error: (isContract ? read.error : null) ?? (said || null) });
}

interface Exchange {
  /** The whole answer, or the system's code of what went wrong. */
  readonly ended: Promise<Response | { readonly code: string }>;
  isConnected(): boolean;
  destroy(): void;
}

function startExchange(
  spec: HttpTarget,
  headers: Readonly<Record<string, string>>,
  input: TargetInput,
  limits: Limits,
): Exchange {
  const url = new URL(spec.url);
  const isSecure = url.protocol === "https:";
  const body = Buffer.from(JSON.stringify(input));
  const { promise, resolve } = Promise.withResolvers<Response | { readonly code: string }>();
  let isConnected = false;
  const fail = (error: unknown) => resolve({ code: codeOf(error) });
  const request = (isSecure ? https : http).request(url, {
    method: "POST",
    agent: false, // a connection of its own: one that was kept could be closed just when it is used
    headers: {
      ...headers,
      "content-type": "application/json",
      "content-length": body.length,
      accept: "application/json, text/plain",
      traceparent: input.traceparent,
    },
  });
  request.once("socket", (socket) =>
    socket.once(isSecure ? "secureConnect" : "connect", () => {
      isConnected = true;
    }),
  );
  request.on("error", fail);
  request.once("response", (response) => collect(response, spec.maxOutputBytes, limits, resolve, fail));
  request.end(body);
  return {
    ended: promise,
    isConnected: () => isConnected,
    destroy: () => request.destroy(new Error("ended")),
  };
}

function collect(
  response: IncomingMessage,
  maxBytes: number,
  limits: Limits,
  done: (response: Response) => void,
  fail: (error: unknown) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size <= maxBytes) chunks.push(chunk);
    else limits.stop("too_large");
  });
  response.once("error", fail);
  response.once("end", () =>
    done({
      status: response.statusCode ?? 0,
      encoding: response.headers["content-encoding"]?.trim().toLowerCase() || "identity",
      body: Buffer.concat(chunks),
    }),
  );
}

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "UNKNOWN";
