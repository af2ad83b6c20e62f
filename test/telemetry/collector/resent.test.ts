import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import { pino } from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { storeId } from "../../../src/home.ts";
import { openStore } from "../../../src/store/open.ts";
import type { Store } from "../../../src/store/store.ts";
import { startCollector } from "../../../src/telemetry/collector/collector.ts";
import {
  asJson,
  asProtobuf,
  odd,
  renamed,
  resentLoad,
  type Sent,
  spanIdOf,
  talk,
  traceIdOf,
} from "./resent-load.ts";

const log = pino({ level: "silent" });

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-resent-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "evalwright.db");
}

const TYPES = { protobuf: "application/x-protobuf", json: "application/json" } as const;

interface Running {
  readonly store: Store;
  send(requests: readonly Sent[], encoding?: "protobuf" | "json"): Promise<void>;
  stop(): Promise<void>;
}

/** A collector with a memory of its own, as each process has. */
async function start(file: string): Promise<Running> {
  const store = await openStore(file, log);
  const collector = await startCollector({ store, storeId: storeId(file), httpPort: 0, grpcPort: null, log });
  const url = collector.status().httpUrl ?? "";
  return {
    store,
    async send(requests, encoding = "protobuf") {
      for (const sent of requests) {
        const body = encoding === "json" ? asJson(sent) : asProtobuf(sent);
        const response = await fetch(`${url}/v1/traces`, {
          method: "POST",
          headers: { "content-type": TYPES[encoding], "x-evalwright-project": sent.project },
          body: Buffer.from(body),
        });
        expect(response.status).toBe(200);
      }
    },
    async stop() {
      await collector.close();
      await store[Symbol.asyncDispose]();
    },
  };
}

const TABLES = "project trace content chain span span_source span_source_chain occurrence media".split(" ");
const CLOCKS = new Set(["created_us", "arrived_us", "changed_us", "last_arrival_us"]);
/** Sessions are found out in the background, so that their numbers depend on when that ran. */
const SESSION_NUMBERS = new Set(["session", "scope"]);

/** Every row, without the columns that say when it came, with names for the numbers of sessions. */
function rowsOf(file: string): Record<string, unknown[]> {
  const db = new Sqlite(file, { readonly: true });
  const read = (sql: string) => db.prepare<[], Record<string, unknown>>(sql).all();
  const sessions = read("SELECT * FROM session ORDER BY project, session_id");
  const names = new Map(sessions.map((row) => [row["id"], row["session_id"]]));
  const shown = ([name, value]: [string, unknown]) => [
    name,
    SESSION_NUMBERS.has(name) ? (names.get(value) ?? value) : value,
  ];
  const compared = (row: Record<string, unknown>) =>
    Object.entries(row)
      .filter(([name]) => !CLOCKS.has(name))
      .map(shown);
  const rows = TABLES.map((table) => {
    const all = read(`SELECT * FROM ${table}`).map(compared);
    return [table, all.map((row) => JSON.stringify(row)).sort()];
  });
  const texts = read("SELECT id FROM content_text_docsize ORDER BY id");
  db.close();
  return { ...Object.fromEntries(rows), texts, session: sessions.map(({ id: _, ...row }) => compared(row)) };
}

async function rowsAfter(work: (file: string) => Promise<void>): Promise<Record<string, unknown[]>> {
  const file = newFile();
  await work(file);
  const settled = await openStore(file, log);
  await settled.traces.settle();
  await settled[Symbol.asyncDispose]();
  return rowsOf(file);
}

const sentByOne = (requests: readonly Sent[], encoding?: "protobuf" | "json") => async (file: string) => {
  const running = await start(file);
  await running.send(requests, encoding);
  await running.stop();
};

/** What the last model call of conversation 2 was given, as messages and as the attribute that said so. */
async function lastCall(store: Store, project: string, first = "1") {
  const traceId = traceIdOf(2, 5).replace(/^1/, first);
  const span = await store.traces.getSpan(project, traceId, spanIdOf(2, 5, 2));
  return { messages: span?.content.inputMessages, source: span?.source.attributes["gen_ai.input.messages"] };
}

describe("what was sent before and comes again", () => {
  test("is stored as it is by a collector that reads every text whole", async () => {
    const load = resentLoad();
    const recognised = await rowsAfter(sentByOne(load));
    const readWhole = await rowsAfter(sentByOne(load, "json"));
    expect(recognised["span"]?.length).toBeGreaterThan(300);
    for (const table of Object.keys(recognised))
      expect({ [table]: recognised[table] }).toEqual({ [table]: readWhole[table] });
  });

  test("is stored the same when a collector that knows nothing takes over in the middle", async () => {
    const load = [...talk(2, JSON.stringify, []), ...odd()];
    const warm = await rowsAfter(sentByOne(load));
    const cold = await rowsAfter(async (file) => {
      for (let at = 0; at < load.length; at += 8) await sentByOne(load.slice(at, at + 8))(file);
    });
    for (const table of Object.keys(warm)) expect({ [table]: warm[table] }).toEqual({ [table]: cold[table] });
  });

  test("is whole in every project, and after its first copy was deleted", async () => {
    const file = newFile();
    const [one, two] = [await start(file), await start(file)];
    const sent = talk(2, JSON.stringify, []);
    const to = (project: string) => sent.map((request) => ({ ...request, project }));
    await one.send(to("first"));
    await one.send(to("second"));
    await two.send(to("third"));
    const expected = await lastCall(one.store, "first");
    expect(expected.messages?.length).toBeGreaterThan(30);
    expect(JSON.parse(String(expected.source))).toHaveLength(expected.messages?.length ?? 0);
    expect(await lastCall(one.store, "second")).toEqual(expected);
    expect(await lastCall(one.store, "third")).toEqual(expected);

    // A history that outlives the traces that first said it: the same texts in traces of other ids.
    await two.store.traces.settle();
    await two.store.traces.delete({
      projectId: "first",
      filter: { type: "all" },
      filterText: "all",
      dryRun: false,
    });
    await one.send(to("first").map(renamed));
    await two.send(to("third"));
    expect(await lastCall(one.store, "first", "2")).toEqual(expected);
    expect(await lastCall(two.store, "third")).toEqual(expected);
    await two.stop();
    await one.stop();
  });
});
