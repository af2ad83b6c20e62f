import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Account } from "./account.ts";
import { sendNoSuchPath, sendOverBudget, sendWrongHost } from "./answers.ts";
import { forward, openConnections } from "./forward.ts";
import { readRequest } from "./read-request.ts";
import type { Upstream } from "./upstream.ts";

/** A base URL that nobody can guess. */
export interface Door {
  readonly url: string;
  close(): void;
}

/** A reverse proxy on loopback that knows the upstreams of its doors and no other host. */
export interface Proxy {
  /** @param accountOf to whom a call that comes now is attributed. */
  open(upstream: Upstream, accountOf: () => Account): Door;
  close(): Promise<void>;
}

interface Opened {
  readonly upstream: Upstream;
  readonly accountOf: () => Account;
}

/** What is read of a request before it is sent on; longer ones are sent on as they come. */
const MAX_START_BYTES = 16 << 20;

/** What is asked beside answers of models and costs nothing. */
const FREE = /\/(count_tokens|input_tokens|moderations|files|uploads|cancel|tokenize)(\?|$)/;

/** Loopback only, any free port. */
export async function startProxy(): Promise<Proxy> {
  const doors = new Map<string, Opened>();
  const connections = openConnections();
  let hosts: readonly string[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!hosts.includes(request.headers.host ?? "")) return sendWrongHost(response);
    const [, token = "", path = ""] = /^\/r\/([\w-]+)(\/.*)?$/s.exec(request.url ?? "") ?? [];
    const door = doors.get(token);
    if (!door || !isUnder(path, door.upstream.url)) return sendNoSuchPath(response);
    const { upstream, accountOf } = door;
    const account = accountOf();
    const { start, isWhole } = await readStart(request);
    const passing = { request, response, origin: upstream.url, path, start, isWhole, connections };
    if (request.method !== "POST" || FREE.test(path)) {
      await forward(passing);
      return;
    }
    const call = await account.begin(readRequest(start, path), upstream);
    if ("limit" in call) return sendOverBudget(response, call);
    await call.end(await forward(passing));
  }

  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 120_000 }, (request, response) => {
    // The job that holds the budget has ended, or the target has gone: nobody is left to be told.
    handle(request, response).catch(() => response.destroy());
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : 0);
    });
  });
  hosts = [`127.0.0.1:${port}`, `localhost:${port}`];
  return {
    open(upstream, accountOf) {
      const token = randomBytes(24).toString("base64url");
      doors.set(token, { upstream, accountOf });
      const path = upstream.url.pathname.replace(/\/+$/, "");
      return {
        url: `http://127.0.0.1:${port}/r/${token}${path}`,
        close: () => {
          doors.delete(token);
        },
      };
    },
    async close() {
      doors.clear();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      connections.http.destroy();
      connections.https.destroy();
    },
  };
}

/** Paths go on as they are, and none of them leads out of the upstream's. */
function isUnder(path: string, { pathname }: URL): boolean {
  const base = pathname.replace(/\/+$/, "");
  const [own = ""] = path.split("?");
  const climbs = /[\\]|(^|\/)(\.|%2e){1,2}(\/|$)/i.test(own);
  return !climbs && (own === base || own.startsWith(`${base}/`));
}

async function readStart(request: IncomingMessage): Promise<{ start: Buffer; isWhole: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  const isWhole = await new Promise<boolean>((resolve, reject) => {
    const done = (whole: boolean): void => {
      request.pause();
      request.off("data", onData);
      resolve(whole);
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= MAX_START_BYTES) done(false);
    };
    request.on("data", onData);
    request.once("end", () => done(true));
    request.once("error", reject);
  });
  return { start: Buffer.concat(chunks), isWhole };
}
