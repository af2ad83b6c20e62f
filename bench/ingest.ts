import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import type { Database } from "better-sqlite3";
import { Message } from "../src/model/message.ts";
import { packageRoot } from "../src/runtime.ts";
import { openConnection } from "../src/store/sqlite/connection.ts";
import { migrate } from "../src/store/sqlite/migrate.ts";
import { leafText, messageText } from "../src/store/sqlite/searchable-text.ts";
import { conversation, type Turn } from "./load.ts";
import { residentMb } from "./measure.ts";

const SENDERS = 8;
/** Conversations that go on at the same time, and how many such waves follow each other. */
const CONVERSATIONS = 150;
const WAVES = 4;
const TURNS = 12;
/** Before anything is timed, on either side: threads start, code is compiled, tables are no longer empty. */
const WARM_CONVERSATIONS = 15;

export interface Running {
  readonly url: string;
  readonly child: ChildProcess;
  readonly home: string;
  stop(): Promise<void>;
}

/** `evalwright collect` of the build, on a free port and a store of its own. */
export async function startCollect(): Promise<Running> {
  const home = mkdtempSync(join(tmpdir(), "evalwright-bench-"));
  const child = spawn(
    process.execPath,
    [join(packageRoot, "dist/evalwright.js"), "collect", "--http-port", "0", "--grpc-port", "0"],
    { env: { ...process.env, EVALWRIGHT_HOME: home }, stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.once("exit", () => reject(new Error(`collect ended: ${said}`)));
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString("utf8");
      const found = /OTLP HTTP (http:\S+\d)/.exec(said)?.[1];
      if (found) resolve(found);
    });
  });
  return {
    url,
    child,
    home,
    async stop() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
    },
  };
}

/** One export as the JavaScript OTLP exporter makes it: node:http, connections kept. Answers the status. */
const sendOne = (url: string, agent: Agent, body: Uint8Array): Promise<number> =>
  new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/x-protobuf",
      "content-length": body.length,
      "x-evalwright-project": "bench",
    };
    const sent = request(`${url}/v1/traces`, { method: "POST", agent, headers }, (response) => {
      response.on("error", reject).on("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    sent.on("error", reject).end(body);
  });

/** Posts bodies in order over several connections; a busy answer is tried again, as exporters do. */
export async function post(url: string, bodies: readonly Turn[], senders = SENDERS): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  let at = 0;
  const send = async (): Promise<void> => {
    for (;;) {
      const turn = bodies[at];
      at += 1;
      if (!turn) return;
      for (let tries = 0; ; tries += 1) {
        const status = await sendOne(url, agent, turn.body);
        if (status === 200) break;
        if (status !== 503 || tries > 50) throw new Error(`refused: ${status}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  await Promise.all(Array.from({ length: senders }, send));
  agent.destroy();
}

/** Turns of many conversations that go on at the same time. */
export function interleaved(
  conversations: number,
  turns: number,
  startMs: number,
  steps?: number,
  first = 0,
): Turn[] {
  const all = Array.from({ length: conversations }, (_, n) =>
    conversation(first + n, turns, startMs + n * 50, steps),
  );
  return Array.from({ length: turns }, (_, turn) => all.flatMap((one) => one[turn] ?? [])).flat();
}

const TABLES = [
  "project",
  "session",
  "trace",
  "content",
  "chain",
  "span",
  "span_source",
  "span_source_chain",
  "occurrence",
  "trace_facet",
  "media",
];

interface Rows {
  readonly table: string;
  readonly insert: string;
  readonly rows: readonly unknown[][];
}

function contentText(row: { deflated: number; data: Buffer }): string {
  const json: unknown = JSON.parse((row.deflated ? inflateRawSync(row.data) : row.data).toString("utf8"));
  const message = Message.safeParse(json);
  return message.success ? (messageText(message.data) ?? "") : leafText(JSON.parse(JSON.stringify(json)));
}

/** Every row of the final tables, and the text rows, as they would be bound. */
function readRows(db: Database): Rows[] {
  const rows: Rows[] = TABLES.map((table) => {
    const statement = db.prepare(`SELECT * FROM ${table}`).raw(true);
    const values = statement.all().filter(Array.isArray);
    const columns = statement.columns().map((column) => column.name);
    const marks = columns.map(() => "?").join(", ");
    return { table, insert: `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`, rows: values };
  });
  const texts = db
    .prepare<[], { id: number; deflated: number; data: Buffer }>(
      "SELECT id, deflated, data FROM content WHERE id IN (SELECT id FROM content_text_docsize)",
    )
    .all();
  rows.push({
    table: "content_text",
    insert: "INSERT INTO content_text (rowid, text) VALUES (?, ?)",
    rows: texts.map((row) => [row.id, contentText(row)]),
  });
  return rows;
}

/**
 * Milliseconds to insert the same rows on one thread, with the same indexes and settings, in transactions of as many
 * requests as there are senders. Those of the `warm` requests of `requests` come first and are not timed.
 */
function insertAgain(rows: readonly Rows[], path: string, requests: number, warm: number): number {
  const db = openConnection(path);
  migrate(db);
  const statements = rows.map((one) => ({ ...one, statement: db.prepare(one.insert) }));
  const insert = db.transaction((first: number, last: number) => {
    for (const { statement, rows: values } of statements) {
      const from = Math.floor((values.length * first) / requests);
      const to = Math.floor((values.length * last) / requests);
      for (let i = from; i < to; i += 1) statement.run(...(values[i] ?? []));
    }
  });
  const insertFrom = (first: number, end: number): void => {
    for (let at = first; at < end; at += SENDERS) insert.immediate(at, Math.min(end, at + SENDERS));
  };
  insertFrom(0, warm);
  const start = performance.now();
  insertFrom(warm, requests);
  const elapsed = performance.now() - start;
  db.close();
  return elapsed;
}

export interface IngestResult {
  readonly spans: number;
  readonly bodyMb: number;
  readonly storedMb: number;
  readonly spansPerSecond: number;
  readonly preEncodedSpansPerSecond: number;
  readonly peakMb: number | null;
}

/** OTLP protobuf over HTTP until the last answer, beside the pre-encoded inserts of what it stored. */
export async function measureIngest(): Promise<IngestResult> {
  const warm = interleaved(WARM_CONVERSATIONS, TURNS, Date.now() - 86_400_000);
  const turns = Array.from({ length: WAVES }, (_, wave) =>
    interleaved(
      CONVERSATIONS,
      TURNS,
      Date.now() - 3_600_000 * (WAVES - wave),
      undefined,
      WARM_CONVERSATIONS + wave * CONVERSATIONS,
    ),
  ).flat();
  const running = await startCollect();
  try {
    await post(running.url, warm);
    let peakMb: number | null = null;
    const sample = setInterval(() => {
      residentMb(running.child.pid ?? 0).then(
        (mb) => {
          if (mb !== null) peakMb = Math.max(peakMb ?? 0, mb);
        },
        () => undefined,
      );
    }, 100);
    const start = performance.now();
    await post(running.url, turns);
    const elapsed = performance.now() - start;
    clearInterval(sample);
    await running.stop();
    const spans = turns.reduce((sum, turn) => sum + turn.spans, 0);
    const db = openConnection(join(running.home, "evalwright.db"));
    const rows = readRows(db);
    const storedMb =
      (Number(db.pragma("page_count", { simple: true })) * Number(db.pragma("page_size", { simple: true }))) /
      1e6;
    db.close();
    const again = insertAgain(rows, join(running.home, "again.db"), warm.length + turns.length, warm.length);
    return {
      spans,
      bodyMb: turns.reduce((sum, turn) => sum + turn.body.length, 0) / 1e6,
      storedMb,
      spansPerSecond: (spans / elapsed) * 1_000,
      preEncodedSpansPerSecond: (spans / again) * 1_000,
      peakMb,
    };
  } finally {
    running.child.kill("SIGKILL");
    rmSync(running.home, { recursive: true, force: true });
  }
}
