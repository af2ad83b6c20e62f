import { invalidInput } from "../errors.ts";

/** A port from the environment, for hosts whose configuration has only variables. */
function portFrom(name: string, env: NodeJS.ProcessEnv): number | undefined {
  const text = env[name];
  if (text === undefined || text === "") return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw invalidInput(
    `${name} is not a port`,
    "A port is a whole number from 0 to 65535; 0 takes any free one.",
  );
}

export interface Ports {
  readonly httpPort?: number | undefined;
  readonly grpcPort?: number | undefined;
}

/** Options win over EVALWRIGHT_HTTP_PORT and EVALWRIGHT_GRPC_PORT; undefined is the protocol's default. */
export const chosenPorts = (options: Ports, env: NodeJS.ProcessEnv = process.env): Ports => ({
  httpPort: options.httpPort ?? portFrom("EVALWRIGHT_HTTP_PORT", env),
  grpcPort: options.grpcPort ?? portFrom("EVALWRIGHT_GRPC_PORT", env),
});
