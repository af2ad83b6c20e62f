import type { SignalName } from "../otlp/respond.ts";

export type Route =
  | { readonly kind: "signal"; readonly signal: SignalName; readonly project: string | null }
  | { readonly kind: "feedback"; readonly project: string | null }
  | { readonly kind: "prompt"; readonly reference: string; readonly project: string | null }
  | { readonly kind: "health" };

export const PATHS =
  "POST /v1/traces, /v1/logs, /v1/metrics, /v1/feedback, GET /v1/prompts/NAME[@VERSION or @ALIAS], each also under /p/PROJECT; GET /healthz";

const PROMPT = /^(?:\/p\/([^/]+))?\/v1\/prompts\/(.+)$/;
const PATTERN = /^(?:\/p\/([^/]+))?\/v1\/(traces|logs|metrics|feedback)\/?$/;

/** The route of a request's URL; null when there is none. */
export function findRoute(url: string): Route | null {
  const path = url.split(/[?#]/, 1)[0] ?? "";
  if (path === "/healthz") return { kind: "health" };
  const [, promptProject, reference] = PROMPT.exec(path) ?? [];
  if (reference !== undefined)
    return {
      kind: "prompt",
      reference: decode(reference),
      project: promptProject === undefined ? null : decode(promptProject),
    };
  const match = PATTERN.exec(path);
  if (!match) return null;
  const [, encodedProject, name] = match;
  const project = encodedProject === undefined ? null : decode(encodedProject);
  if (name === "traces" || name === "logs" || name === "metrics")
    return { kind: "signal", signal: name, project };
  return { kind: "feedback", project };
}

/** Text that is not valid percent-encoding is no valid project either: it is refused by its name. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
