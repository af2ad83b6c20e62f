import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "pino";
import type { Store } from "../../store/store.ts";
import type { ListMemory } from "../otlp/list-memory.ts";
import { encodeExportResponse, RPC_CODES } from "../otlp/respond.ts";
import type { Activity } from "./activity.ts";
import { CONTENT_TYPES, contentEncoding, send, sendJson, sendRefusal } from "./answer.ts";
import { encodingOf, readBody } from "./body.ts";
import { MAX_FEEDBACK_BYTES, receiveFeedback } from "./feedback.ts";
import type { Gate } from "./gate.ts";
import type { Guard } from "./guard.ts";
import { servePrompt } from "./prompts.ts";
import { receiveExport } from "./receive.ts";
import { toRefusal } from "./refusal.ts";
import { findRoute, PATHS, type Route } from "./routes.ts";
import type { Sink } from "./sink.ts";
import type { Turns } from "./turns.ts";

export interface Services {
  readonly store: Store;
  readonly sink: Sink;
  readonly gate: Gate;
  readonly turns: Turns;
  readonly lists: ListMemory;
  readonly guard: Guard;
  readonly activity: Activity;
  readonly log: Logger;
  readonly maxBodyBytes: number;
  readonly requestTimeoutMs: number;
  /** What GET /healthz says. */
  readonly health: () => object;
}

/** The HTTP side, not listening yet. */
export function createHttpServer(services: Services): Server {
  const server = createServer(
    {
      requestTimeout: services.requestTimeoutMs,
      headersTimeout: Math.min(services.requestTimeoutMs, 15_000),
      connectionsCheckingInterval: Math.min(services.requestTimeoutMs, 5_000),
      keepAliveTimeout: 30_000,
    },
    (request, response) => {
      handle(request, response, services).catch((error: unknown) => {
        services.activity.count("refused");
        const refusal = toRefusal(error);
        if (refusal.httpStatus === 500) services.log.error({ err: error }, "a request failed");
        else services.log.debug({ status: refusal.httpStatus }, "a request was refused");
        sendRefusal(request, response, refusal, cors(request, services));
      });
    },
  );
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const isHttp2 = error.code === "HPE_PAUSED_H2_UPGRADE";
    if (isHttp2) services.activity.hint("grpc_on_http_port");
    if (!socket.writable) return socket.destroy();
    const status = error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? "408 Request Timeout" : "400 Bad Request";
    const text = isHttp2 ? "This port speaks HTTP/1.1; gRPC has a port of its own, 4317 by default.\n" : "";
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: ${text.length}\r\n\r\n${text}`);
  });
  return server;
}

async function handle(request: IncomingMessage, response: ServerResponse, services: Services): Promise<void> {
  services.guard.check(request);
  const route = findRoute(request.url ?? "/");
  const method = request.method ?? "GET";
  if (!route) return refusePath(request, response, services);
  if (route.kind === "feedback" && method === "OPTIONS") return preflight(request, response, services);
  const isReading = route.kind === "health" || route.kind === "prompt";
  if (isReading ? method !== "GET" && method !== "HEAD" : method !== "POST") {
    const allow = isReading ? "GET, HEAD" : "POST";
    const message = `This path takes ${allow} only. Paths: ${PATHS}.`;
    const refusal = { httpStatus: 405, rpcCode: RPC_CODES.unimplemented, message };
    return sendRefusal(request, response, refusal, { allow });
  }
  if (route.kind === "health") return sendJson(request, response, 200, services.health());
  if (route.kind === "prompt") {
    const project = headerOf(request, "x-evalwright-project") ?? route.project;
    return servePrompt(request, response, { ...route, project }, services.store);
  }
  if (!checkTypes(request, response, route, services)) return;
  return route.kind === "feedback"
    ? handleFeedback(request, response, route, services)
    : handleExport(request, response, route, services);
}

/** A sender that forgot the path, or names one of another product, is told the right ones. */
function refusePath(request: IncomingMessage, response: ServerResponse, services: Services): void {
  if (request.method === "POST") services.activity.hint("wrong_path");
  const message =
    `No such path. Paths: ${PATHS}. A base endpoint (OTEL_EXPORTER_OTLP_ENDPOINT) must end without /v1/traces,` +
    " a signal's own endpoint (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) with it.";
  sendRefusal(request, response, { httpStatus: 404, rpcCode: RPC_CODES.notFound, message });
}

function checkTypes(
  request: IncomingMessage,
  response: ServerResponse,
  route: Route,
  services: Services,
): boolean {
  const type = contentEncoding(request);
  const wanted =
    route.kind === "feedback" ? CONTENT_TYPES.json : `${CONTENT_TYPES.protobuf} or ${CONTENT_TYPES.json}`;
  let message: string | null = null;
  if (type === null || (route.kind === "feedback" && type !== "json")) {
    message = `The Content-Type is not supported: use ${wanted}.`;
    services.activity.hint("unsupported_type");
  } else if (encodingOf(request) === null) {
    message = "The Content-Encoding is not supported: use gzip, deflate or none.";
  }
  if (message === null) return true;
  const refusal = { httpStatus: 415, rpcCode: RPC_CODES.invalidArgument, message };
  sendRefusal(request, response, refusal, cors(request, services));
  return false;
}

async function handleExport(
  request: IncomingMessage,
  response: ServerResponse,
  route: Extract<Route, { kind: "signal" }>,
  services: Services,
): Promise<void> {
  const encoding = contentEncoding(request) ?? "json";
  const { body, release } = await readBody(request, services.maxBodyBytes, services.gate);
  try {
    const project = headerOf(request, "x-evalwright-project") ?? route.project;
    const rejected = await receiveExport(route.signal, body, encoding, project, services);
    const answer = encodeExportResponse(route.signal, rejected, encoding);
    send(request, response, 200, answer, { "content-type": CONTENT_TYPES[encoding] });
  } finally {
    release();
  }
}

async function handleFeedback(
  request: IncomingMessage,
  response: ServerResponse,
  route: Extract<Route, { kind: "feedback" }>,
  services: Services,
): Promise<void> {
  const { body, release } = await readBody(request, MAX_FEEDBACK_BYTES, services.gate);
  try {
    const project = headerOf(request, "x-evalwright-project") ?? route.project;
    const idempotencyKey = headerOf(request, "idempotency-key");
    const answer = await receiveFeedback(body, { project, idempotencyKey }, services);
    sendJson(request, response, answer.repeated ? 200 : 202, answer, cors(request, services));
  } finally {
    release();
  }
}

function preflight(request: IncomingMessage, response: ServerResponse, services: Services): void {
  const headers = {
    ...cors(request, services),
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "content-type, idempotency-key, x-evalwright-project",
    "access-control-max-age": "600",
    ...(request.headers["access-control-request-private-network"] === "true"
      ? { "access-control-allow-private-network": "true" }
      : {}),
  };
  send(request, response, 204, new Uint8Array(0), request.headers.origin === undefined ? {} : headers);
}

function cors(request: IncomingMessage, { guard }: Services): Record<string, string> {
  const { origin } = request.headers;
  return origin !== undefined && guard.allowsOrigin(origin)
    ? { "access-control-allow-origin": origin, vary: "Origin" }
    : {};
}

function headerOf(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}
