import type { IncomingMessage } from "node:http";
import { AppError } from "../../errors.ts";

export interface Guard {
  /** Throws `refused` for a request that a foreign web page may have caused. */
  check(request: IncomingMessage): void;
  allowsOrigin(origin: string | undefined): boolean;
}

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/**
 * A page in the user's browser can reach loopback: by its own name made to resolve here, which the Host header
 * betrays, and by cross-site requests, which the Origin header betrays.
 */
export function createGuard(options: {
  host: string;
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
}): Guard {
  const hosts = new Set(
    [...LOOPBACK, options.host, ...options.allowedHosts].map((name) => name.toLowerCase()),
  );
  const origins = new Set(options.allowedOrigins);
  const allowsOrigin = (origin: string | undefined) => origin !== undefined && origins.has(origin);
  return {
    allowsOrigin,
    check(request) {
      const host = (request.headers.host ?? "").toLowerCase().replace(/:\d*$/, "");
      if (!hosts.has(host)) {
        throw new AppError("refused", "The Host header names neither loopback nor a configured host", {
          hint: "Use 127.0.0.1 or localhost in the endpoint, or list the name in EVALWRIGHT_ALLOWED_HOSTS.",
        });
      }
      const origin = request.headers.origin;
      if (origin !== undefined && !allowsOrigin(origin)) {
        throw new AppError("refused", "Requests of web pages are refused unless their origin is allowed", {
          hint: "List the page's origin in EVALWRIGHT_ALLOWED_ORIGINS.",
        });
      }
    },
  };
}
