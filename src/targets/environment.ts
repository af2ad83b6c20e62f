import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import type { PlacedTarget } from "../model/target.ts";
import type { TargetInput } from "../model/target-run.ts";
import { placeInside } from "./repository.ts";

type Variables = Readonly<Record<string, string>>;

/** What a program cannot do without; keys and all else of ours stay here unless the target lists them. */
const ALWAYS = /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_\w+|TZ|TMPDIR|TMP|TEMP)$/;

/** More special names that would win over the address that we set. */
const OVERRULING = /^OTEL_EXPORTER_OTLP_TRACES_(ENDPOINT|PROTOCOL|HEADERS)$/;

/** Where the spans of a run go. */
export interface CollectorAddress {
  /** Base URL of OTLP over HTTP. */
  readonly url: string;
  readonly projectId: string;
}

/** What a target itself asks for: the variables that it lists and those of its file. */
export interface ConfiguredVariables {
  readonly variables: Variables;
  /** Names that it lists and that are not set here. */
  readonly missing: readonly string[];
}

/**
 * The variables that a target may use in its headers, and gets beyond the minimum.
 * @throws AppError `invalid_input` when its envFile is not in the repository.
 */
export async function configuredVariables(
  spec: Pick<PlacedTarget, "env" | "envFile">,
  root: string,
  host: NodeJS.ProcessEnv,
): Promise<ConfiguredVariables> {
  const listed = spec.env.flatMap((name) => (host[name] === undefined ? [] : [[name, host[name]] as const]));
  const file = spec.envFile === undefined ? {} : await readVariables(root, spec.envFile);
  const variables = { ...Object.fromEntries(listed), ...file };
  return { variables, missing: spec.env.filter((name) => variables[name] === undefined) };
}

async function readVariables(root: string, envFile: string): Promise<Variables> {
  const text = await readFile(await placeInside(root, envFile, "envFile"), "utf8");
  const entries = Object.entries(parseEnv(text));
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** The environment of a target's program: a minimum, what the target asks for, and where telemetry goes. */
export function targetEnvironment(options: {
  readonly host: NodeJS.ProcessEnv;
  readonly configured: Variables;
  readonly collector: CollectorAddress | null;
  readonly resource: Variables;
  /** What a copy of the repository needs; see `Shared`. */
  readonly shared: Variables;
}): Record<string, string> {
  const { host, configured, collector, resource, shared } = options;
  const minimum = Object.entries(host).flatMap(([name, value]) =>
    ALWAYS.test(name) && value !== undefined ? [[name, value] as const] : [],
  );
  const asked = Object.entries(configured).filter(([name]) => !collector || !OVERRULING.test(name));
  const attributes = Object.entries(resource).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  const given = configured["OTEL_RESOURCE_ATTRIBUTES"];
  return {
    ...Object.fromEntries([...minimum, ...asked]),
    ...Object.fromEntries(
      Object.entries(shared).map(([name, path]) => [name, before(path, configured[name])]),
    ),
    ...(collector && {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/protobuf",
      OTEL_EXPORTER_OTLP_HEADERS: `x-evalwright-project=${collector.projectId}`,
    }),
    ...(attributes.length > 0 && {
      OTEL_RESOURCE_ATTRIBUTES: [...(given ? [given] : []), ...attributes].join(","),
    }),
  };
}

/**
 * The environment of a metered program: its base URLs are ours, whatever it asked for. They are on loopback, where no
 * proxy that it asked for can reach them.
 */
export function withBaseUrls(env: Variables, baseUrls: Variables | undefined): Variables {
  if (!baseUrls) return env;
  const isProxied = Object.keys(env).some((name) => /^(http|all)_proxy$/i.test(name));
  const direct = ["NO_PROXY", "no_proxy"].map((name) => {
    const given = env[name] ?? env["NO_PROXY"] ?? env["no_proxy"];
    return [name, [...(given ? [given] : []), "127.0.0.1"].join(",")] as const;
  });
  return { ...env, ...(isProxied ? Object.fromEntries(direct) : {}), ...baseUrls };
}

const before = (path: string, given: string | undefined): string => (given ? `${path}:${given}` : path);

/** What a program that is started for one example learns about it. */
export const exampleVariables = (input: TargetInput): Variables => ({
  "evalwright.example": input.exampleId,
  "evalwright.session": input.sessionId,
});
