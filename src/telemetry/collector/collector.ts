import { once } from "node:events";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { CollectorStatus } from "../../context.ts";
import { version } from "../../runtime.ts";
import { createListMemory } from "../otlp/list-memory.ts";
import { createActivity } from "./activity.ts";
import { type Door, openDoor } from "./door.ts";
import { createGate } from "./gate.ts";
import { createGrpcPort } from "./grpc-port.ts";
import { createGuard } from "./guard.ts";
import { createHttpServer, type Services } from "./http-server.ts";
import {
  type Collector,
  type CollectorOptions,
  DEFAULT_GRPC_PORT,
  DEFAULT_HTTP_PORT,
  DEFAULT_MAX_BODY_BYTES,
} from "./options.ts";
import { createSink } from "./sink.ts";
import { createTurns } from "./turns.ts";

const EXTRA_IN_FLIGHT_BYTES = 32 * 1024 * 1024;
/** Bytes of requests that are decoded, prepared and being written at the same time. */
const DECODED_AHEAD_BYTES = 8 * 1024 * 1024;
const DRAIN_MS = 5_000;

/**
 * Receives OTLP over HTTP and gRPC, and feedback, into the store. Each request is answered with success only
 * after its data are stored. Resolves when each port listens, stands by, or has failed: see `status()`.
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const host = options.host ?? "127.0.0.1";
  const services = createServices(options, host, () => status());
  const http = createHttpServer(services);
  const grpc = options.grpcPort === null ? null : createGrpcPort(services, http);
  const listeners = new Set<(status: CollectorStatus) => void>();
  const onChange = () => {
    for (const listener of listeners) listener(status());
  };
  services.activity.onHint(onChange);

  const doorOptions = { host, storeId: options.storeId, pollMs: options.standbyPollMs ?? 500, onChange };
  const httpDoor = openDoor({ ...doorOptions, server: http, port: options.httpPort ?? DEFAULT_HTTP_PORT });
  const grpcDoor = grpc
    ? openDoor({ ...doorOptions, server: grpc.server, port: options.grpcPort ?? DEFAULT_GRPC_PORT })
    : null;
  let isClosed = false;
  const status = (): CollectorStatus =>
    isClosed ? OFF : composeStatus(host, httpDoor, grpcDoor, services.activity.hints());

  await Promise.all([httpDoor.settled, grpcDoor?.settled]);
  return {
    status,
    onStatus(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      const closed = http.listening ? once(http, "close") : Promise.resolve();
      httpDoor.close();
      grpcDoor?.close();
      const drained = Promise.race([services.sink.drain(), sleep(DRAIN_MS, undefined, { ref: false })]);
      await Promise.all([closeHttp(http, closed), grpc?.close(DRAIN_MS), drained]);
      onChange();
    },
  };
}

function createServices(options: CollectorOptions, host: string, status: () => CollectorStatus): Services {
  const maxBodyBytes = options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES;
  const activity = createActivity();
  return {
    store: options.store,
    sink: createSink(options.store, options.log),
    gate: createGate(options.maxInFlightBytes ?? maxBodyBytes + EXTRA_IN_FLIGHT_BYTES),
    turns: createTurns(DECODED_AHEAD_BYTES),
    lists: createListMemory(),
    guard: createGuard({
      host,
      allowedHosts: options.allowedHosts ?? [],
      allowedOrigins: options.allowedOrigins ?? [],
    }),
    activity,
    log: options.log,
    maxBodyBytes,
    requestTimeoutMs: options.requestTimeoutMs ?? 60_000,
    health: () => ({
      product: "evalwright",
      version,
      storeId: options.storeId,
      pid: process.pid,
      state: status().state,
      received: activity.counts(),
      hints: activity.hints(),
    }),
  };
}

const OFF: CollectorStatus = {
  state: "off",
  httpUrl: null,
  grpcUrl: null,
  detail: "The collector is closed.",
};

function composeStatus(
  host: string,
  httpDoor: Door,
  grpcDoor: Door | null,
  hints: readonly string[],
): CollectorStatus {
  const http = httpDoor.state();
  const grpc = grpcDoor?.state();
  const url = (port: number | null | undefined) =>
    port === null || port === undefined ? null : `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const details = [http.detail, grpc?.detail ? `gRPC: ${grpc.detail}` : "", ...hints];
  return {
    state: http.state,
    httpUrl: url(http.port),
    grpcUrl: url(grpc?.port),
    detail: details.filter((detail) => detail !== "").join(" ") || "Receiving.",
  };
}

/** Lets requests that are under way be answered, then ends the connections. */
async function closeHttp(http: Server, closed: Promise<unknown>): Promise<void> {
  const idle = setInterval(() => http.closeIdleConnections(), 20);
  await Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })]);
  clearInterval(idle);
  http.closeAllConnections();
}
