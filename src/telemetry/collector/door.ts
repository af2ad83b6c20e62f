import type { Server } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { identifyHolder } from "./holder.ts";

interface DoorState {
  readonly state: "starting" | "listening" | "standby" | "failed";
  /** The port that is listened on, or that our other process holds. */
  readonly port: number | null;
  readonly detail: string;
}

export interface Door {
  state(): DoorState;
  /** Resolves when it listens, stands by, or has failed. */
  readonly settled: Promise<void>;
  /** Stops accepting and stops looking; connections stay. */
  close(): void;
}

interface DoorOptions {
  readonly server: Server;
  readonly host: string;
  readonly port: number;
  readonly storeId: string;
  readonly pollMs: number;
  readonly onChange: () => void;
}

/** Ports tried after the wanted one when foreign programs hold it. */
const MORE_PORTS = 20;
/** In standby the holder is asked who it is at each 10th look only; the others just try to bind. */
const LOOKS_PER_QUESTION = 10;
/** A holder may be too busy to answer at once. */
const SILENT_ANSWERS = 3;

/**
 * Listens on a port, or stands by while another process on the same store does and takes over when it goes. Only
 * a foreign holder moves it to the next port.
 */
export function openDoor(options: DoorOptions): Door {
  const { server, host, port: wanted, storeId, pollMs } = options;
  const stopping = new AbortController();
  let current: DoorState = { state: "starting", port: null, detail: "" };
  let settle: () => void = () => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  const become = (next: DoorState): void => {
    const isChange = next.state !== current.state || next.port !== current.port;
    current = next;
    settle();
    if (isChange) options.onChange();
  };

  const run = async (): Promise<void> => {
    let port = wanted;
    let silent = 0;
    for (let look = 0; !stopping.signal.aborted; look += 1) {
      const bound = await listen(server, host, port);
      if (stopping.signal.aborted) return void server.close();
      if (typeof bound === "number") return become(listening(bound, wanted));
      if (bound !== "EADDRINUSE") return become(failed(port, bound));
      const isStandby = current.state === "standby";
      if (isStandby && look % LOOKS_PER_QUESTION !== 0) {
        await sleep(pollMs, undefined, { signal: stopping.signal });
        continue;
      }
      const holder = await identifyHolder(probeHost(host), port, storeId);
      silent = holder === "silent" ? silent + 1 : 0;
      if (holder === "ours") become(standby(port));
      if (holder === "foreign" || silent >= SILENT_ANSWERS) {
        silent = 0;
        port += 1;
        if (port > Math.min(wanted + MORE_PORTS, 65_535)) return become(failed(wanted, "EADDRINUSE"));
      } else {
        await sleep(holder === "gone" ? pollMs / 10 : pollMs, undefined, { signal: stopping.signal });
      }
    }
  };
  run().catch((error: unknown) => {
    if (!stopping.signal.aborted) become(failed(wanted, error instanceof Error ? error.name : "unknown"));
  });
  return {
    state: () => current,
    settled,
    close() {
      stopping.abort();
      settle();
      if (server.listening) server.close();
    },
  };
}

/** The port that is bound now, or the system's word for why not. */
function listen(server: Server, host: string, port: number): Promise<number | string> {
  return new Promise((resolve) => {
    const onError = (error: NodeJS.ErrnoException) => {
      server.removeListener("listening", onListening);
      resolve(error.code ?? "unknown");
    };
    const onListening = () => {
      server.removeListener("error", onError);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    };
    server.once("error", onError);
    server.once("listening", onListening);
    server.listen({ host, port, exclusive: true });
  });
}

const probeHost = (host: string): string => (host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host);

const listening = (port: number, wanted: number): DoorState => ({
  state: "listening",
  port,
  detail:
    wanted === 0 || port === wanted
      ? ""
      : `Port ${wanted} is held by another program, so this one receives on ${port}.`,
});

const standby = (port: number): DoorState => ({
  state: "standby",
  port,
  detail: `Another Evalwright on the same store receives on port ${port}; this one takes over when it goes.`,
});

const failed = (port: number, code: string): DoorState => ({
  state: "failed",
  port: null,
  detail: `Port ${port} cannot be listened on (${code}).`,
});
