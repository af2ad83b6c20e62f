import type { Server as HttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionInjector, Server as GrpcServer } from "@grpc/grpc-js";
import { createGrpcServer } from "./grpc-service.ts";
import type { Services } from "./http-server.ts";

interface GrpcPort {
  readonly server: Server;
  /** Ends all connections, after `graceMs` for calls that are under way. */
  close(graceMs: number): Promise<void>;
}

/** Milliseconds in which a new connection must say something. */
const FIRST_BYTES_MS = 15_000;
const HTTP2_PREFACE = "PRI";

/**
 * The gRPC port's server. It looks at the first bytes of each connection: HTTP/2 goes to gRPC, which is loaded
 * when the first such sender comes; HTTP/1 is served by the HTTP side (also how other processes recognise us).
 */
export function createGrpcPort(services: Services, http: HttpServer): GrpcPort {
  const sockets = new Set<Socket>();
  let grpc: Promise<{ server: GrpcServer; injector: ConnectionInjector }> | null = null;
  const loadGrpc = async () => {
    const { ServerCredentials } = await import("@grpc/grpc-js");
    const server = await createGrpcServer(services);
    return { server, injector: server.createConnectionInjector(ServerCredentials.createInsecure()) };
  };
  const route = async (socket: Socket, start: Buffer): Promise<void> => {
    if (!start.toString("latin1").startsWith(HTTP2_PREFACE)) {
      if (!start.toString("latin1").startsWith("GET /healthz")) services.activity.hint("http_on_grpc_port");
      socket.unshift(start);
      http.emit("connection", socket);
      return;
    }
    grpc ??= loadGrpc();
    const { injector } = await grpc;
    socket.unshift(start);
    injector.injectConnection(socket);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    firstBytes(socket, (start) => {
      route(socket, start).catch((error: unknown) => {
        services.log.error({ err: error }, "a connection could not be served");
        socket.destroy();
      });
    });
  });
  return {
    server,
    async close(graceMs) {
      if (grpc) {
        const loaded = await grpc.catch(() => null);
        loaded?.injector.drain(graceMs);
        await idle(sockets, graceMs);
        loaded?.server.forceShutdown();
      }
      for (const socket of sockets) socket.destroy();
    },
  };
}

function firstBytes(socket: Socket, use: (start: Buffer) => void): void {
  socket.setTimeout(FIRST_BYTES_MS, () => socket.destroy());
  let start = Buffer.alloc(0);
  const onReadable = () => {
    const chunk: unknown = socket.read();
    if (!Buffer.isBuffer(chunk)) return;
    start = Buffer.concat([start, chunk]);
    if (start.length < HTTP2_PREFACE.length) return;
    socket.removeListener("readable", onReadable);
    socket.setTimeout(0);
    socket.removeAllListeners("timeout");
    use(start);
  };
  socket.on("readable", onReadable);
}

/** Drained connections end by themselves once their calls are answered. */
async function idle(sockets: ReadonlySet<Socket>, withinMs: number): Promise<void> {
  for (let waited = 0; sockets.size > 0 && waited < withinMs; waited += 20) await sleep(20);
}
