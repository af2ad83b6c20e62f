import { parentPort, workerData } from "node:worker_threads";
import type { Database } from "better-sqlite3";
import { openConnection } from "./connection.ts";
import { failureCode, toAppError } from "./failure.ts";
import { migrate } from "./migrate.ts";
import { readerOperations, writerOperations } from "./operations.ts";
import type { ThreadData, ThreadReply, ThreadRequest } from "./thread-protocol.ts";
import { createWriteLoop } from "./write-loop.ts";

type Serve = (request: ThreadRequest) => void;

const port = parentPort;
const reply = (message: ThreadReply): void => port?.postMessage(message);

function fail(id: number, error: unknown): void {
  const failure = toAppError(error);
  const { code, message, hint, cause } = failure;
  reply({ id, ok: false, code, message, hint, reason: failureCode(cause) ?? "" });
}

type Run = (run: () => unknown) => unknown;

/** Answers from a table of synchronous operations. */
function serveTable(operations: object, within: Run): Serve {
  const table = new Map<string, (...args: never[]) => unknown>(Object.entries(operations));
  return ({ id, method, args }) => {
    try {
      const operation = table.get(method);
      if (!operation) throw new Error("no such operation");
      reply({ id, ok: true, value: within(() => operation(...args)) });
    } catch (error) {
      fail(id, error);
    }
  };
}

function openMigrated({ path, synchronous, role }: ThreadData): Database {
  const db = openConnection(path, { synchronous });
  try {
    migrate(db);
  } catch (error) {
    db.close();
    throw toAppError(error);
  }
  if (role === "writer") return db;
  db.close();
  return openConnection(path, { readonly: true });
}

function start(data: ThreadData): Serve {
  const db = openMigrated(data);
  if (data.role === "reader") {
    // One transaction, so that an answer of several statements is of one moment.
    const snapshot = db.transaction((run: () => unknown) => run());
    const serve = serveTable(readerOperations(db), (run) => snapshot.deferred(run));
    return (request) => (request.method === "close" ? close(db, request.id) : serve(request));
  }
  const serve = serveTable(writerOperations(db), (run) => run());
  const loop = createWriteLoop(db, { reply, fail });
  return (request) => {
    if (request.method === "insert") loop.insert(request);
    else if (request.method === "settle") loop.settle(request);
    else if (request.method === "close") {
      loop.finish();
      close(db, request.id);
    } else serve(request);
  };
}

function close(db: Database, id: number): void {
  try {
    db.pragma("optimize");
  } catch {
    // Statistics are a help, not a duty; another process may be writing.
  }
  db.close();
  reply({ id, ok: true, value: null });
  port?.close();
}

/** Opened with the first request, so that its failure is that request's answer; the next one tries again. */
function serveLazily(data: ThreadData): Serve {
  let serve: Serve | undefined;
  return (request) => {
    try {
      serve ??= request.method === "close" ? undefined : start(data);
    } catch (error) {
      fail(request.id, error);
      return;
    }
    if (serve) serve(request);
    else {
      reply({ id: request.id, ok: true, value: null });
      port?.close();
    }
  };
}

const data: ThreadData = workerData;
port?.on("message", serveLazily(data));
