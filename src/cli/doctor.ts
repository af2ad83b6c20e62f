import { randomBytes } from "node:crypto";
import { scheduleStatuses } from "../evaluation/scheduled/describe.ts";
import { storeId, storeLocation } from "../home.ts";
import { standingLimits } from "../ledger/standing-budgets.ts";
import { createLog } from "../log.ts";
import { version } from "../runtime.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { startCollector } from "../telemetry/collector/collector.ts";
import { DEFAULT_GRPC_PORT, DEFAULT_HTTP_PORT } from "../telemetry/collector/options.ts";
import { readHealth } from "./health.ts";
import { chosenPorts, type Ports } from "./ports.ts";

/** Where the test span goes; it is deleted again. */
const TEST_PROJECT = "evalwright-doctor";
const ARRIVAL_MS = 10_000;

const mark = (good: boolean) => (good ? "ok  " : "FAIL");

function say(good: boolean, what: string, detail: string): boolean {
  console.log(`${mark(good)}  ${what.padEnd(12)} ${detail}`);
  return good;
}

const causeOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function testSpan(traceId: string): string {
  const now = BigInt(Date.now()) * 1_000_000n;
  const span = {
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: "doctor",
    startTimeUnixNano: String(now - 1_000_000n),
    endTimeUnixNano: String(now),
  };
  return JSON.stringify({
    resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ spans: [span] }] }],
  });
}

/** Sends one span as an exporter would and waits until a read finds it; then deletes it. */
async function spanArrives(store: Store, url: string): Promise<boolean> {
  const traceId = randomBytes(16).toString("hex");
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-evalwright-project": TEST_PROJECT },
    body: testSpan(traceId),
    signal: AbortSignal.timeout(ARRIVAL_MS),
  });
  if (!response.ok) return say(false, "test span", `refused with ${response.status} by ${url}`);
  const until = Date.now() + ARRIVAL_MS;
  while (Date.now() < until) {
    if (await store.traces.getTrace(TEST_PROJECT, traceId)) {
      await store.traces.delete({
        projectId: TEST_PROJECT,
        filter: { type: "all" },
        filterText: "(doctor)",
        dryRun: false,
      });
      return say(true, "test span", `sent to ${url}, stored, read back, deleted`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return say(false, "test span", `accepted by ${url}, but not found in this store`);
}

/** Who holds a port: this store's receiver, another store's, or another program. */
async function checkReceiver(
  port: number,
  ownId: string,
): Promise<{ readonly url: string | null; readonly free: boolean }> {
  const url = `http://127.0.0.1:${port}`;
  const health = await readHealth(url);
  if (health === "free") return { url: null, free: true };
  if (health === "foreign") {
    say(false, "HTTP port", `${port} is held by another program; Evalwright uses the next free port instead`);
    return { url: null, free: false };
  }
  if (health.storeId !== ownId) {
    say(
      false,
      "HTTP port",
      `${port} is held by an Evalwright on another store (process ${health.pid}); see EVALWRIGHT_HOME`,
    );
    return { url: null, free: false };
  }
  say(
    true,
    "HTTP port",
    `${port}: receiving (process ${health.pid}); ${health.received["spans"] ?? 0} spans so far`,
  );
  for (const hint of health.hints) say(false, "sender", hint);
  return { url, free: false };
}

/** Whether each schedule of judges is worked on, and what keeps it from it. */
async function checkSchedules(store: Store): Promise<boolean> {
  const statuses = (await scheduleStatuses(store)).filter(({ schedule, isRunning }) => schedule || isRunning);
  return statuses
    .map(({ projectId, good, words }) => say(good, "judging", `${projectId}: ${words}`))
    .every(Boolean);
}

/** Budgets of projects that are used up: jobs of theirs do not go on. */
async function checkBudgets(store: Store): Promise<boolean> {
  const projects = await store.records.listProjects();
  const limits = await Promise.all(
    projects.map(async ({ id }) => ({ id, limits: await standingLimits(store.records.ledger, id) })),
  );
  return limits
    .flatMap(({ id, limits: of }) =>
      of.map(({ scope, limit, allowed, used, left }) =>
        say(left > 0, "budget", `${id}: ${Math.round(used * 100) / 100} of ${allowed} ${limit} (${scope})`),
      ),
    )
    .every(Boolean);
}

/**
 * `evalwright doctor`: Node, store, ports, and a span that really arrives: over the running receiver, or over one
 * that it starts for the purpose.
 * @returns the exit code: 0 when all is well, 1 else.
 */
export async function doctor(options: Ports): Promise<number> {
  const ports = chosenPorts(options);
  say(true, "Node", `${process.versions.node}, Node-API ${process.versions["napi"]}; Evalwright ${version}`);
  const log = createLog("evalwright-doctor", process.env, "error");
  let store: Store;
  let location: string;
  try {
    location = storeLocation();
    store = await openStore(location, log);
    const projects = await store.records.listProjects();
    const traces = projects.reduce((sum, project) => sum + project.traces, 0);
    say(true, "store", `${location}: projects ${projects.length}, traces ${traces}`);
  } catch (error) {
    say(false, "store", causeOf(error));
    return 1;
  }
  const schedules = await checkSchedules(store);
  let good = (await checkBudgets(store)) && schedules;
  const receiver = await checkReceiver(ports.httpPort ?? DEFAULT_HTTP_PORT, storeId(location));
  if (!receiver.free && receiver.url === null) good = false;
  const own =
    receiver.url === null
      ? await startCollector({
          store,
          storeId: storeId(location),
          log,
          httpPort: receiver.free ? ports.httpPort : 0,
          grpcPort: ports.grpcPort ?? DEFAULT_GRPC_PORT,
        })
      : null;
  try {
    const url = receiver.url ?? own?.status().httpUrl ?? null;
    if (own && receiver.free)
      say(true, "ports", `HTTP ${own.status().httpUrl}, gRPC ${own.status().grpcUrl} can be opened`);
    good = url !== null && (await spanArrives(store, url)) && good;
  } catch (error) {
    good = say(false, "test span", causeOf(error));
  } finally {
    await own?.close();
    await store[Symbol.asyncDispose]();
  }
  return good ? 0 : 1;
}
