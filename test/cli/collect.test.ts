import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { afterAll, afterEach, expect, it } from "vitest";
import { bareEnv, freePort, listening, run, serverEntry, temporaryHome } from "../server/harness.ts";

const home = temporaryHome();
let child: ChildProcess | undefined;
afterEach(() => child?.kill("SIGKILL"));
afterAll(() => home.remove());

async function startCollect(args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const ports = { http: await freePort(), grpc: await freePort() };
  const flags = ["--http-port", String(ports.http), "--grpc-port", String(ports.grpc)];
  child = spawn(process.execPath, [serverEntry, "collect", ...flags, ...args], {
    env: { ...bareEnv(home.path), ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  const url = `http://127.0.0.1:${ports.http}`;
  await listening(url);
  return { child, url, flags, ...ports, said: () => said };
}

/** The status of a post with headers that fetch does not let a caller set. */
const post = (port: number, path: string, headers: Record<string, string>): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        path,
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
      },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.once("error", reject);
    sent.end("{}");
  });

it("evalwright collect serves the pages and hosts that were allowed, and ends with 0 on SIGTERM", async () => {
  const collector = await startCollect(["--allow-host", "host.docker.internal"], {
    EVALWRIGHT_ALLOWED_ORIGINS: "https://app.example, http://localhost:3000",
  });
  const { http } = collector;
  expect(await post(http, "/v1/traces", { host: "host.docker.internal" })).toBe(200);
  expect(await post(http, "/v1/traces", { host: "evil.example" })).toBe(403);
  expect(await post(http, "/v1/traces", { origin: "http://localhost:3000" })).toBe(200);
  expect(await post(http, "/v1/traces", { origin: "http://localhost:3001" })).toBe(403);
  collector.child.kill("SIGTERM");
  expect(await once(collector.child, "exit")).toEqual([0, null]);
});

it("says what an agent of its project is to be given", async () => {
  const collector = await startCollect(["--project", "shop"]);
  await expect
    .poll(collector.said)
    .toContain(
      `  OTEL_EXPORTER_OTLP_ENDPOINT=${collector.url}\n  OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n  OTEL_EXPORTER_OTLP_HEADERS=x-evalwright-project=shop\n`,
    );
});

it("refuses what is no origin or no host name before it listens", async () => {
  const bad = await run([serverEntry, "collect"], {
    ...bareEnv(home.path),
    EVALWRIGHT_ALLOWED_ORIGINS: "app.example",
  });
  expect(bad).toMatchObject({ code: 1, stdout: "" });
  expect(bad.stderr).toMatch(/^invalid_input: "app\.example" is not an origin\./);
  const host = await run([serverEntry, "collect", "--allow-host", "http://x"], bareEnv(home.path));
  expect(host.stderr).toMatch(/^invalid_input: "http:\/\/x" is not a host name\./);
});

it("evalwright doctor recognises a sender of gRPC on the HTTP port and one with a wrong path", async () => {
  const { http, flags } = await startCollect();
  expect(await post(http, "/api/otel/v1/traces", {})).toBe(404);
  const { connect } = await import("node:http2");
  const session = connect(`http://127.0.0.1:${http}`);
  await once(session, "error").catch(() => undefined);
  session.destroy();
  const doctor = await run([serverEntry, "doctor", ...flags], bareEnv(home.path));
  expect(doctor.stdout).toMatch(/FAIL {2}sender .*gRPC/);
  expect(doctor.stdout).toMatch(/FAIL {2}sender .*path/);
  expect(doctor.stdout).toContain("stored, read back, deleted");
});
