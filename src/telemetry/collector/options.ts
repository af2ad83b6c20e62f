import type { Logger } from "pino";
import type { CollectorStatus } from "../../context.ts";
import type { Store } from "../../store/store.ts";

/** The ports that OpenTelemetry exporters use by default. */
export const DEFAULT_HTTP_PORT = 4318;
export const DEFAULT_GRPC_PORT = 4317;

/** The limit that the OTLP specification recommends, after decompression. */
export const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

interface CollectorLimits {
  /** Largest request after decompression, bytes. Default 64 MiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Bytes of all requests that are read but not answered yet. Default: `maxBodyBytes` and 32 MiB more. */
  readonly maxInFlightBytes?: number | undefined;
  /** Time in which a request must have arrived whole, milliseconds. Default 60,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Time between two looks at a port that another process holds, milliseconds. Default 500. */
  readonly standbyPollMs?: number | undefined;
}

export interface CollectorSettings extends CollectorLimits {
  /** 0: any free port. Default 4318. */
  readonly httpPort?: number | undefined;
  /** Null: no gRPC. 0: any free port. Default 4317. */
  readonly grpcPort?: number | null | undefined;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Origins of web pages that may send, e.g. `https://app.example`. Default none. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Names in the Host header besides the loopback ones. */
  readonly allowedHosts?: readonly string[] | undefined;
}

export interface CollectorOptions extends CollectorSettings {
  readonly store: Store;
  /** The same for every process on this store, see `storeId` in src/home.ts. */
  readonly storeId: string;
  readonly log: Logger;
}

export interface Collector {
  status(): CollectorStatus;
  /** Calls back on each change; returns how to stop. */
  onStatus(callback: (status: CollectorStatus) => void): () => void;
  /** Stops receiving, answers what was received, frees the ports. */
  close(): Promise<void>;
}
