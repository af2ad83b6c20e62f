import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, afterEach, vi } from "vitest";
import { z } from "zod";
import { isJsonObject, type JsonObject } from "../../../src/model/json.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { modelEnv } from "../../scripted-endpoint.ts";
import {
  bareEnv,
  freePort,
  listening,
  rowsOf,
  run,
  serverEntry,
  temporaryHome,
} from "../../server/harness.ts";

export const PROJECT = "test";

export const envOf = (home: string, url?: string): Record<string, string> => ({
  ...bareEnv(home),
  EVALWRIGHT_PROJECT: PROJECT,
  CLAUDE_PROJECT_DIR: home,
  ...(url === undefined ? {} : modelEnv(url)),
});

export interface Collecting {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it said on stderr so far. */
  said(): string;
  /** The process that judges. */
  judge(): number | undefined;
  /** SIGTERM; its exit code. */
  stop(): Promise<number | null>;
}

/** Children of a process, by /proc. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc").flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "latin1");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      return parent === pid ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

/** The built collector as a user runs it. `port`: a number that another one may hold. */
export async function startCollect(
  env: Record<string, string>,
  args: readonly string[],
  port?: number,
): Promise<Collecting> {
  const http = port ?? (await freePort());
  const ports = ["--http-port", String(http), "--grpc-port", String(await freePort())];
  const child = spawn(process.execPath, [serverEntry, "collect", ...ports, ...args], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  const url = `http://127.0.0.1:${http}`;
  await listening(url);
  return {
    url,
    child,
    said: () => text,
    judge: () =>
      childrenOf(child.pid ?? -1).find((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("judging-child"),
      ),
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      const [code] = await ended;
      return typeof code === "number" ? code : null;
    },
  };
}

/** For a file of tests: homes that go, and collectors that are killed, when its tests have ended. */
export function collectors() {
  // Processes of low priority take their time on a busy machine.
  vi.setConfig({ testTimeout: 400_000 });
  const homes: { remove(): void }[] = [];
  const started: Collecting[] = [];
  afterEach(() => {
    for (const { child } of started.splice(0)) child.kill("SIGKILL");
  });
  afterAll(() => {
    for (const home of homes) home.remove();
  });
  return {
    newHome(): string {
      const home = temporaryHome();
      homes.push(home);
      return home.path;
    },
    async collect(...args: Parameters<typeof startCollect>): Promise<Collecting> {
      const collecting = await startCollect(...args);
      started.push(collecting);
      return collecting;
    },
  };
}

export const RELEVANT = '{"rationale":"it is","label":"relevant"}';

export interface Sent {
  readonly session?: string;
  readonly asks?: string;
  readonly answers?: string;
  readonly traceId?: string;
  /** Of the resource. */
  readonly evaluation?: string;
  /** Hours ago. */
  readonly age?: number;
}

export const newTraceId = (): string => randomBytes(16).toString("hex");

/** One trace of one call to a model that has just ended, as an exporter sends it; resolves with its id. */
export async function sendTrace(url: string, sent: Sent = {}): Promise<string> {
  const {
    traceId = newTraceId(),
    asks = "Where is my parcel?",
    answers = "It comes tomorrow.",
    age = 0,
  } = sent;
  const now = BigInt(Date.now() - Math.round(age * 3_600_000)) * 1_000_000n;
  const attributes = Object.entries({
    "openinference.span.kind": "LLM",
    "input.value": asks,
    "output.value": answers,
    ...(sent.session === undefined ? {} : { "session.id": sent.session }),
  }).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const resource =
    sent.evaluation === undefined
      ? []
      : [{ key: "evalwright.evaluation", value: { stringValue: sent.evaluation } }];
  const span = {
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: "answer",
    startTimeUnixNano: String(now - 1_000_000n),
    endTimeUnixNano: String(now),
    attributes,
  };
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-evalwright-project": PROJECT },
    body: JSON.stringify({
      resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ spans: [span] }] }],
    }),
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status !== 200) throw new Error(`refused with ${response.status}`);
  return traceId;
}

export const openHome = (home: string): Promise<Store> => openSqliteStore({ path: `${home}/evalwright.db` });

/** Waits until `look` has something, and says what it last saw when it does not come. */
export async function until<T>(look: () => Promise<T | undefined>, what: string, ms = 240_000): Promise<T> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`it did not come: ${what}`);
}

/** The feedback of a name by trace (or session), from the store itself. */
export async function verdictsOn(store: Store, ids: readonly string[], name: string) {
  const found = new Map<
    string,
    { value: unknown; sourceId: string | null; samplingRate: number | undefined }
  >();
  for (const id of ids) {
    const where = /^[0-9a-f]{32}$/.test(id) ? { traceId: id } : { sessionId: id };
    const kept = await store.traces.readAssessments({ projectId: PROJECT, ...where, limit: 50 });
    for (const one of kept.filter((assessment) => assessment.name === name)) {
      if (found.has(id)) throw new Error("two verdicts of one judge are current");
      found.set(id, { value: one.value, sourceId: one.sourceId, samplingRate: one.samplingRate });
    }
  }
  return found;
}

const Jobs = z.object({ jobs: z.object({ rows: z.array(z.array(z.unknown())) }) });

/** The newest job as an assistant sees it: list_records, then get_record. */
export async function newestJob(env: Record<string, string>) {
  const list = await run([serverEntry, "call", "list_records", "kind=job", "--json"], env);
  const row = Jobs.parse(JSON.parse(list.stdout)).jobs.rows.find((one) => one[1] === "scheduled_judging");
  if (!row) return undefined;
  const id = String(row[0]);
  const record = await run([serverEntry, "call", "get_record", "kind=job", `id=${id}`, "--json"], env);
  const answer = z
    .looseObject({ state: z.string(), hint: z.string().optional() })
    .parse(JSON.parse(record.stdout));
  const data = isJsonObject(answer["untrusted"]) ? answer["untrusted"] : {};
  const table = (name: string): JsonObject[] => (data[name] === undefined ? [] : rowsOf(data[name]));
  return {
    id,
    state: answer.state,
    hint: answer.hint,
    data,
    seen: (lane: string): number => Number(table("lanes").find((one) => one["lane"] === lane)?.["seen"] ?? 0),
    /** The counts of a judge, by the beginning of its name. */
    judge: (name: string): JsonObject | undefined =>
      table("judges").find(({ judge }) => String(judge).startsWith(name)),
  };
}
