import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";

/** No answer of a model comes near it; a server that sends without end is cut off. */
const MAX_ANSWER_BYTES = 32 << 20;

export class AnswerTooLarge extends Error {}

interface Exchange {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal | null | undefined;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Node.js takes a proxy from the environment only where NODE_USE_ENV_PROXY says so; agents of one's own as well. */
const proxy = process.env["NODE_USE_ENV_PROXY"] === "1" ? { proxyEnv: process.env } : {};
/** Connections to providers, kept between calls. */
export const SOCKETS = { keepAlive: true, scheduling: "lifo", maxFreeSockets: 1_024, ...proxy } as const;
const httpAgent = new HttpAgent(SOCKETS);
const httpsAgent = new HttpsAgent(SOCKETS);

/** The SDK's own telemetry (x-stainless-*) and what OPENAI_CUSTOM_HEADERS adds are meant for OpenAI alone. */
const ALWAYS_SENT: ReadonlySet<string> = new Set([
  "accept",
  "authorization",
  "api-key",
  "content-type",
  "user-agent",
]);

/**
 * `fetch` for the SDK on node:http. A third of the processor time of the built-in one, no time limit of its own (that
 * one gives up after five minutes), no redirects (a key must not follow one), and a bound on the answer.
 * @param extraHeaders names, in lower case, that go through besides the API's own
 */
export function createFetch(extraHeaders: readonly string[]): typeof fetch {
  const sent = new Set([...ALWAYS_SENT, ...extraHeaders]);
  return async (input, init) => {
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    const given = init?.headers instanceof Headers ? init.headers : new Headers(init?.headers);
    for (const [name, value] of given) if (sent.has(name)) headers[name] = value;
    const answer = await exchange(new URL(input instanceof Request ? input.url : input), {
      method: init?.method ?? "GET",
      headers,
      body: typeof init?.body === "string" ? init.body : "",
      signal: init?.signal,
    });
    return new TextResponse(answer.text, { status: answer.status, headers: readHeaders(answer.headers) });
  };
}

/** A response whose text is there already; as a stream it would be encoded and decoded once more. */
class TextResponse extends Response {
  override readonly text: () => Promise<string>;

  constructor(text: string, init: ResponseInit) {
    super(null, init);
    this.text = () => Promise.resolve(text);
  }
}

/** All that anyone reads of an answer's headers. */
const READ_HEADERS = ["content-type", "retry-after", "retry-after-ms", "x-request-id"] as const;

const readHeaders = (headers: IncomingHttpHeaders): [string, string][] =>
  READ_HEADERS.flatMap((name): [string, string][] => {
    const value = headers[name];
    return typeof value === "string" ? [[name, value]] : [];
  });

function exchange(url: URL, { method, headers, body, signal }: Exchange): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const secure = url.protocol === "https:";
    const bytes = Buffer.from(body, "utf8");
    const options = {
      method,
      headers: { ...headers, "content-length": String(bytes.length) },
      agent: secure ? httpsAgent : httpAgent,
    };
    const request = secure ? httpsRequest(url, options) : httpRequest(url, options);
    const giveUp = (reason: Error): void => {
      reject(reason);
      request.destroy();
    };
    const onAbort = (): void => giveUp(new DOMException("This operation was aborted", "AbortError"));
    request.once("close", () => signal?.removeEventListener("abort", onAbort));
    request.on("error", reject);
    request.once("response", (message) => {
      const chunks: Buffer[] = [];
      let length = 0;
      message.on("data", (chunk: Buffer) => {
        length += chunk.length;
        chunks.push(chunk);
        if (length > MAX_ANSWER_BYTES) giveUp(new AnswerTooLarge());
      });
      message.on("error", reject);
      message.once("end", () => {
        resolve({
          status: message.statusCode ?? 0,
          headers: message.headers,
          text: Buffer.concat(chunks, length).toString("utf8"),
        });
      });
    });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
    request.end(bytes);
  });
}
