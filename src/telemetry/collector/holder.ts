import { request } from "node:http";
import { z } from "zod";

/** What GET /healthz of a collector says; how processes on one port recognise one another. */
export const Health = z.object({ product: z.literal("evalwright"), storeId: z.string() });

/**
 * Who holds a port: `ours` is an Evalwright on the same store, `foreign` any other program, `gone` nobody any
 * more, `silent` somebody who does not answer.
 */
type Holder = "ours" | "foreign" | "gone" | "silent";

const TIMEOUT_MS = 1_000;
const MAX_ANSWER = 64 * 1024;

export function identifyHolder(host: string, port: number, storeId: string): Promise<Holder> {
  return new Promise((resolve) => {
    const outgoing = request(
      { host, port, path: "/healthz", agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          text += chunk;
          if (text.length > MAX_ANSWER) response.destroy();
        });
        response.on("close", () => resolve(isOurs(text, storeId) ? "ours" : "foreign"));
        response.on("error", () => undefined);
      },
    );
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.name === "AbortError" || error.name === "TimeoutError") resolve("silent");
      else resolve(error.code === "ECONNREFUSED" ? "gone" : "foreign");
    });
    outgoing.end();
  });
}

function isOurs(text: string, storeId: string): boolean {
  try {
    const health = Health.safeParse(JSON.parse(text));
    return health.success && health.data.storeId === storeId;
  } catch {
    return false;
  }
}
