import type { IncomingMessage, ServerResponse } from "node:http";
import type { Encoding } from "../otlp/request.ts";
import { encodeStatus } from "../otlp/respond.ts";
import type { Refusal } from "./refusal.ts";

export const CONTENT_TYPES = { protobuf: "application/x-protobuf", json: "application/json" } as const;

/** The encoding that Content-Type names (parameters are ignored); null when it is none of OTLP's. */
export function contentEncoding(request: IncomingMessage): Encoding | null {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase();
  if (type === "application/x-protobuf" || type === "application/protobuf") return "protobuf";
  return type === "application/json" ? "json" : null;
}

/** Milliseconds for which the rest of a refused body is read and thrown away. */
const LINGER_MS = 3_000;

/**
 * Answers. While the body is still coming, the rest of it is thrown away for a while before the connection ends:
 * closing at once would reset it, and the sender would never see why it was refused.
 */
export function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return;
  const isWhole = request.complete;
  response.writeHead(status, {
    ...(status === 204 || status === 304 ? {} : { "content-length": String(body.byteLength) }),
    ...headers,
    ...(isWhole ? {} : { connection: "close" }),
  });
  if (isWhole) {
    response.end(body);
    return;
  }
  response.write(body);
  const end = () => {
    clearTimeout(timer);
    response.end(() => request.socket.destroy());
  };
  const timer = setTimeout(end, LINGER_MS);
  request.once("end", end);
  request.once("close", end);
  request.resume();
}

/** A refusal as google.rpc.Status in the encoding of the request. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: Refusal,
  headers: Readonly<Record<string, string>> = {},
): void {
  const encoding = contentEncoding(request) ?? "json";
  const { rpcCode: code, message, retryAfterSeconds } = refusal;
  const body = encodeStatus(
    retryAfterSeconds === undefined ? { code, message } : { code, message, retryAfterSeconds },
    encoding,
  );
  send(request, response, refusal.httpStatus, body, {
    "content-type": CONTENT_TYPES[encoding],
    "cache-control": "no-store",
    ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
    ...headers,
  });
}

export const sendJson = (
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void =>
  send(request, response, status, Buffer.from(JSON.stringify(value)), {
    "content-type": CONTENT_TYPES.json,
    ...headers,
  });
