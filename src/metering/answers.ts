import type { ServerResponse } from "node:http";
import type { OverBudget } from "../ledger/ledger.ts";

/** An error in the shape of OpenAI, which that of Anthropic is a part of. */
function sendError(
  response: ServerResponse,
  status: number,
  error: { readonly message: string; readonly type: string; readonly code: string },
): void {
  if (response.headersSent || response.destroyed) return;
  const body = JSON.stringify({ type: "error", error: { ...error, param: null } });
  response
    .writeHead(status, {
      "content-type": "application/json",
      "content-length": String(Buffer.byteLength(body)),
      // The SDKs of OpenAI and Anthropic obey it; 402 alone is not tried again by them either.
      ...(status === 502 ? {} : { "x-should-retry": "false" }),
    })
    .end(body);
}

const LIMITS = {
  calls: "of model calls",
  tokens: "of tokens",
  usd: "in US dollars",
  minutes: "of running time",
  price: "in US dollars, which cannot hold a model of unknown price,",
} as const;

export const sendOverBudget = (response: ServerResponse, { scope, limit }: OverBudget): void =>
  sendError(response, 402, {
    message: `Evalwright did not make this call: the ${scope}'s budget ${LIMITS[limit]} is used up. Trying again does not help.`,
    type: "insufficient_quota",
    code: "evalwright_budget_used_up",
  });

export const sendUnreachable = (response: ServerResponse, code: string): void =>
  sendError(response, 502, {
    message: `Evalwright's metering proxy could not reach the upstream that the target file names under "meter" (${code}).`,
    type: "upstream_unreachable",
    code: "evalwright_upstream_unreachable",
  });

export const sendNoSuchPath = (response: ServerResponse): void =>
  sendError(response, 404, {
    message:
      "Evalwright's metering proxy serves the base URLs that it gave to a run, while that runs, and nothing beside them.",
    type: "invalid_request_error",
    code: "evalwright_no_such_path",
  });

export const sendWrongHost = (response: ServerResponse): void =>
  sendError(response, 403, {
    message: "The Host header is not the address of Evalwright's metering proxy.",
    type: "invalid_request_error",
    code: "evalwright_wrong_host",
  });
