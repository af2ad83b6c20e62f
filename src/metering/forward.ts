import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import { SOCKETS } from "../llm/transport.ts";
import type { Ending } from "./account.ts";
import { sendUnreachable } from "./answers.ts";
import { createAnswerCopy } from "./copy.ts";
import { passedOn } from "./headers.ts";

/** Connections to upstreams, kept between calls as a client of its own would keep them. */
export interface Connections {
  readonly http: http.Agent;
  readonly https: https.Agent;
}

export const openConnections = (): Connections => ({
  http: new http.Agent(SOCKETS),
  https: new https.Agent(SOCKETS),
});

export interface Forward {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Where to, path and query included. */
  readonly origin: URL;
  readonly path: string;
  /** What has been read of the request's body. */
  readonly start: Buffer;
  /** That is all of it. */
  readonly isWhole: boolean;
  readonly connections: Connections;
}

/** It was sent on, and may have been answered and paid. */
const NOTHING_READ = { how: "answered", reading: null, written: 0 } as const;

/**
 * Sends a request on and its answer back, each chunk as it comes, and reads a copy of the answer. Whatever goes away on
 * one side ends the other side; there is no time limit but theirs.
 */
export function forward(options: Forward): Promise<Ending> {
  const { response } = options;
  if (response.destroyed) return Promise.resolve({ how: "failed" });
  const { promise, resolve } = Promise.withResolvers<Ending>();
  let upstream: ClientRequest | undefined;
  let answer: IncomingMessage | undefined;
  const onGone = (): void => {
    if (response.writableFinished) return;
    upstream?.destroy();
    if (!answer) resolve(NOTHING_READ);
  };
  const onError = (error: NodeJS.ErrnoException): void => {
    if (answer || response.destroyed) return;
    // The upstream closed a kept connection just when it was used: any client would dial anew.
    if (upstream?.reusedSocket && options.isWhole && error.code === "ECONNRESET") start(false);
    else {
      sendUnreachable(response, error.code ?? "UNKNOWN");
      resolve({ how: "failed" });
    }
  };
  const onAnswer = (message: IncomingMessage): void => {
    answer = message;
    passBack(message, response).then(resolve, () => {
      response.destroy(); // headers that nobody can send on
      resolve(NOTHING_READ);
    });
  };
  const start = (isKept: boolean): void => {
    upstream = open(options, isKept);
    upstream.on("error", onError);
    upstream.once("response", onAnswer);
    if (options.isWhole) upstream.end(options.start);
    else {
      upstream.write(options.start);
      options.request.pipe(upstream);
    }
  };
  response.once("close", onGone);
  response.on("error", () => undefined); // the target has gone, which its close tells
  try {
    start(true);
  } catch {
    response.destroy(); // a path or header that came to us and may not be sent
    return Promise.resolve({ how: "failed" });
  }
  return promise;
}

function open({ request, origin, path, connections }: Forward, isKept: boolean): ClientRequest {
  const isSecure = origin.protocol === "https:";
  const agent = isSecure ? connections.https : connections.http;
  return (isSecure ? https : http).request({
    protocol: origin.protocol,
    hostname: origin.hostname.replace(/^\[|\]$/g, ""),
    port: origin.port || (isSecure ? 443 : 80),
    path,
    method: request.method ?? "GET",
    headers: ["Host", origin.host, ...passedOn(request.rawHeaders, "request")],
    agent: isKept ? agent : false,
  });
}

async function passBack(message: IncomingMessage, response: ServerResponse): Promise<Ending> {
  const status = message.statusCode ?? 502;
  const { "content-type": type = "", "content-encoding": encoding = "" } = message.headers;
  const copy = createAnswerCopy(type, encoding);
  const { promise: isWhole, resolve } = Promise.withResolvers<boolean>();
  message.on("data", copy.add);
  message.once("end", () => resolve(message.complete));
  message.on("error", () => resolve(false));
  message.once("close", () => {
    resolve(false);
    // A half answer must not look like a whole one.
    if (!message.complete) response.destroy();
  });
  response.sendDate = false;
  response.writeHead(status, message.statusMessage, passedOn(message.rawHeaders, "answer"));
  response.flushHeaders();
  message.pipe(response);
  const read = await copy.end(await isWhole);
  return status >= 300 ? { how: "failed" } : { how: "answered", ...read };
}
