import { invalidInput } from "../errors.ts";

const listFrom = (name: string, env: NodeJS.ProcessEnv): string[] =>
  (env[name] ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

interface AllowedNames {
  readonly allowedOrigins: readonly string[];
  readonly allowedHosts: readonly string[];
}

function originFrom(text: string): string {
  const origin = URL.parse(text)?.origin;
  if (origin !== undefined && origin !== "null" && origin === text.replace(/\/$/, "")) return origin;
  throw invalidInput(
    `"${text.slice(0, 100)}" is not an origin`,
    "An origin is scheme, host and port of a page, e.g. https://app.example or http://localhost:3000.",
  );
}

function hostFrom(text: string): string {
  if (/^[a-z0-9._-]+$/i.test(text)) return text;
  throw invalidInput(
    `"${text.slice(0, 100)}" is not a host name`,
    "Give the name alone, without scheme and port, e.g. host.docker.internal.",
  );
}

/**
 * Who else may send to the collector: options and, for hosts whose configuration has only variables,
 * EVALWRIGHT_ALLOWED_ORIGINS and EVALWRIGHT_ALLOWED_HOSTS (lists with commas).
 * @throws AppError `invalid_input` for what is no origin or no host name.
 */
export const allowedNames = (
  options: { readonly allowOrigin?: readonly string[]; readonly allowHost?: readonly string[] } = {},
  env: NodeJS.ProcessEnv = process.env,
): AllowedNames => ({
  allowedOrigins: [...(options.allowOrigin ?? []), ...listFrom("EVALWRIGHT_ALLOWED_ORIGINS", env)].map(
    originFrom,
  ),
  allowedHosts: [...(options.allowHost ?? []), ...listFrom("EVALWRIGHT_ALLOWED_HOSTS", env)].map(hostFrom),
});
