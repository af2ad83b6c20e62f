import { AppError } from "../../errors.ts";
import type { JobStore } from "../job-store.ts";
import type { LedgerStore } from "../ledger-store.ts";
import type { SqlRunner } from "../sql-runner.ts";
import type { RecordStore, Store, TraceBatch, TraceStore } from "../store.ts";
import { createGate } from "./gate.ts";
import { datasetStore, evaluationStore, optimizationStore } from "./open-datasets.ts";
import type { LookupOperations, ReaderOperations, WriterOperations } from "./operations.ts";
import { createThreadClient } from "./thread-client.ts";

export interface SqliteStoreOptions {
  /** The database file; its folder is made when it is missing. */
  readonly path: string;
  /** `full` survives a power cut too, at the price of waiting for the disk. Default `normal`. */
  readonly synchronous?: "normal" | "full";
  /** Which thread looks projects up: a collector needs the reading one for nothing else. Default `reader`. */
  readonly lookups?: "reader" | "writer";
  /** Both threads start while their process still loads, not one after the other when first used. Default false. */
  readonly startNow?: boolean;
  readonly log?: { warn(fields: object, message: string): void };
}

export type Call<Operations> = <Method extends keyof Operations & string>(
  method: Method,
  ...args: Operations[Method] extends (...args: infer Args) => unknown ? Args : never
) => Promise<Operations[Method] extends (...args: never[]) => infer Result ? Result : never>;

/**
 * The default backend: one SQLite file, a writing and a reading thread, each started with its first use, so that
 * opening costs nothing and the calling thread never waits for the disk. Several processes may use one file. What is
 * wrong with the file shows as `unavailable` or `conflict` with the first call.
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const { path, synchronous = "normal", lookups = "reader", startNow = false, log } = options;
  const events = {
    failed: (method: string, code: string, reason: string) =>
      log?.warn({ method, code, reason }, "the store failed"),
  };
  const writer = createThreadClient({ path, synchronous, role: "writer" }, events);
  const reader = createThreadClient({ path, synchronous, role: "reader" }, events);
  if (startNow) for (const thread of [reader, writer]) thread.start();
  const write: Call<WriterOperations> = (method, ...args) => writer.call(method, args);
  const read: Call<ReaderOperations> = (method, ...args) => reader.call(method, args);
  const lookUp: Call<LookupOperations> = lookups === "reader" ? read : write;
  const sql = lazySql(path);
  const gate = createGate();
  const settle = async (): Promise<void> => {
    await writer.call("settle", []);
  };
  /** Roll-ups run in the background; whoever reads them sees all that was stored before. */
  const settled: Settled = (work) =>
    gate.run(async () => {
      if (await read("isDirty")) await settle();
      return work();
    });
  /** Most processes only read; what the encoder remembers takes a tenth of a server's start-up to set out. */
  let inserter: Promise<(batches: readonly TraceBatch[]) => Promise<void>> | undefined;
  const insert = async (batches: readonly TraceBatch[]): Promise<void> => {
    inserter ??= import("./inserter.ts").then(({ createInserter }) => createInserter(writer));
    await (await inserter)(batches);
  };
  return {
    traces: {
      insert: (batches) => gate.run(() => insert(batches)),
      settle,
      ...traceStore(write, read, settled),
    },
    records: {
      ...recordStore(write, read, lookUp),
      datasets: datasetStore(write, read, settled),
      evaluations: evaluationStore(write, read),
      optimizations: optimizationStore(write, read),
    },
    sql: {
      schema: () => sql.schema(),
      // Not inside the gate: closing stops a query, and does not wait for it.
      async query(...query) {
        await settled(async () => undefined);
        return sql.query(...query);
      },
    },
    async [Symbol.asyncDispose]() {
      await gate.close();
      await sql[Symbol.asyncDispose]();
      // The reader first: the last connection that closes folds the log into the file, and only the writer can.
      await reader.close();
      await writer.close();
    },
  };
}

type Settled = <T>(work: () => Promise<T>) => Promise<T>;

function traceStore(
  write: Call<WriterOperations>,
  read: Call<ReaderOperations>,
  settled: Settled,
): Omit<TraceStore, "insert" | "settle"> {
  return {
    searchTraces: (query) => settled(() => read("searchTraces", query)),
    searchSessions: (query) => settled(() => read("searchSessions", query)),
    aggregate: (query) => settled(() => read("aggregate", query)),
    getTrace: (projectId, id) => settled(() => read("getTrace", projectId, id)),
    readSpans: (projectId, traceId, options) => read("readSpans", projectId, traceId, options),
    getSpan: (projectId, traceId, spanId) => read("getSpan", projectId, traceId, spanId),
    readContents: (projectId, ids) => read("readContents", projectId, ids),
    getMedia: (projectId, hash) => read("getMedia", projectId, hash),
    listMedia: (projectId, hashes) => read("listMedia", projectId, hashes),
    getSession: (projectId, id) => settled(() => read("getSession", projectId, id)),
    readSessionTraces: (projectId, sessionId, options) =>
      settled(() => read("readSessionTraces", projectId, sessionId, options)),
    readAssessments: (query) =>
      query.includeTraces ? settled(() => read("readAssessments", query)) : read("readAssessments", query),
    addAssessments: (projectId, items, idempotency) => write("addAssessments", projectId, items, idempotency),
    listValues: (projectId, field, limit) => settled(() => read("listValues", projectId, field, limit)),
    delete: (query) => settled(() => write("delete", query)),
  };
}

function recordStore(
  write: Call<WriterOperations>,
  read: Call<ReaderOperations>,
  lookUp: Call<LookupOperations>,
): Omit<RecordStore, "datasets" | "evaluations" | "optimizations"> {
  return {
    ensureProject: (project) => write("ensureProject", project),
    findProject: (idOrSlug) => lookUp("findProject", idOrSlug),
    listProjects: () => read("listProjects"),
    setServiceProject: (service, projectId) => write("setServiceProject", service, projectId),
    getServiceProject: (service) => lookUp("getServiceProject", service),
    jobs: jobStore(write, read),
    versions: {
      save: (version, idempotency) => write("saveVersion", version, idempotency),
      get: (projectId, kind, name, version) => read("getVersion", projectId, kind, name, version),
      list: (query) => read("listVersions", query),
    },
    pointers: {
      move: (move, idempotency) => write("movePointer", move, idempotency),
      list: (projectId, kind, name) => read("listPointers", projectId, kind, name),
      history: (projectId, kind, name, limit) => read("listPointerMoves", projectId, kind, name, limit),
    },
    schedules: {
      set: (projectId, setting) => write("setSchedule", projectId, setting),
      noteJob: (projectId, jobId) => write("noteScheduleJob", projectId, jobId),
      get: (projectId) => lookUp("getSchedule", projectId),
      list: () => lookUp("listSchedules"),
      changed: (query) => read("listChanged", query),
    },
    ledger: ledgerStore(write, read),
  };
}

function jobStore(write: Call<WriterOperations>, read: Call<ReaderOperations>): JobStore {
  return {
    create: (job, idempotency) => write("createJob", job, idempotency),
    claim: (id, leaseMs) => write("claimJob", id, leaseMs),
    beat: (id, epoch, progress, leaseMs) => write("beatJob", id, epoch, progress, leaseMs),
    finish: (id, epoch, state, result, error) => write("finishJob", id, epoch, state, result, error),
    requestCancel: (id) => write("cancelJob", id),
    reopen: (id) => write("reopenJob", id),
    get: (projectId, id) => read("getJob", projectId, id),
    list: (projectId, limit) => read("listJobs", projectId, limit),
  };
}

function ledgerStore(write: Call<WriterOperations>, read: Call<ReaderOperations>): LedgerStore {
  return {
    reserve: (holder, requests) => write("reserveCalls", holder, requests),
    settle: (holder, settlements) => write("settleCalls", holder, settlements),
    ask: (holder, items) => write("askTasks", holder, items),
    decide: (holder, name, value) => write("decide", holder, name, value),
    findAnswer: (projectId, key) => write("findAnswer", projectId, key),
    findDecision: (holder, name) => write("findDecision", holder, name),
    forgetFailures: (projectId, jobId) => write("forgetFailures", projectId, jobId),
    setBudget: (projectId, owner, budget) => write("setBudget", projectId, owner, budget),
    report: (projectId, owner) => read("reportSpend", projectId, owner),
    listTasks: (query) => read("listTasks", query),
    getTask: (projectId, id) => read("getTask", projectId, id),
    answerTasks: (projectId, answers) => write("answerTasks", projectId, answers),
    withdrawTasks: (projectId, jobId) => write("withdrawTasks", projectId, jobId),
  };
}

/** Loaded with the first query: few sessions use SQL. */
function lazySql(path: string): SqlRunner & AsyncDisposable {
  let loaded: Promise<SqlRunner & AsyncDisposable> | undefined;
  let closed = false;
  const load = (): Promise<SqlRunner & AsyncDisposable> => {
    if (closed) throw new AppError("unavailable", "The store was closed");
    loaded ??= import("./sql/index.ts").then((module) => module.sqlRunner({ path }));
    return loaded;
  };
  return {
    query: async (projectId, sql, limits) => (await load()).query(projectId, sql, limits),
    schema: async () => (await load()).schema(),
    async [Symbol.asyncDispose]() {
      closed = true;
      const runner = await loaded;
      await runner?.[Symbol.asyncDispose]();
    },
  };
}
