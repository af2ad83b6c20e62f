import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { packageRoot } from "../src/runtime.ts";
import { interleaved, post } from "./ingest.ts";
import { quantile, residentMb, timeEach } from "./measure.ts";

export interface Attached {
  readonly client: Client;
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** The built server over stdio with a real client, receiving on a free port. */
async function attach(home: string): Promise<Attached> {
  const client = new Client({ name: "bench", version: "1" }, { versionNegotiation: { mode: "auto" } });
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [
      join(packageRoot, "dist/evalwright.js"),
      "--project",
      "bench",
      "--http-port",
      String(port),
      "--grpc-port",
      String(port + 1),
    ],
    env: { PATH: process.env["PATH"] ?? "", HOME: home, EVALWRIGHT_HOME: home },
  });
  await client.connect(transport);
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 200; i += 1) {
    if (
      await fetch(`${url}/healthz`).then(
        (r) => r.ok,
        () => false,
      )
    )
      break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { client, url, pid: transport.pid ?? 0, close: () => client.close() };
}

type Arguments = Record<string, string | number>;

const call = (client: Client, name: string, arguments_: Arguments) =>
  client.callTool({ name, arguments: arguments_ });

const idsOf = (result: Awaited<ReturnType<typeof call>>): string[] => {
  const rows: unknown = JSON.parse(JSON.stringify(result.structuredContent))?.untrusted?.rows;
  return Array.isArray(rows) ? rows.map((row) => String(row[0])) : [];
};

export interface Latency {
  readonly what: string;
  readonly p50: number;
  readonly p95: number;
}

const QUESTIONS: readonly (readonly [what: string, tool: string, args: Arguments])[] = [
  ["search, newest page", "search_traces", {}],
  ["search, status = error AND since 30d", "search_traces", { filter: "status = error AND since 30d" }],
  ['search, tool = "issue_refund"', "search_traces", { filter: 'tool = "issue_refund"' }],
  ['search, session = "bench-7"', "search_traces", { filter: 'session = "bench-7"' }],
  ['search, text ~ "blanket customer"', "search_traces", { filter: 'text ~ "blanket customer"' }],
  ["search sessions, newest page", "search_traces", { level: "sessions" }],
  ["summarize_traces, everything", "summarize_traces", {}],
  ["query_sql, count by tool", "query_sql", { sql: "SELECT tool_name, count(*) FROM spans GROUP BY 1" }],
];

async function ask(client: Client, runs: number): Promise<Latency[]> {
  const results: Latency[] = [];
  for (const [what, tool, args] of QUESTIONS) {
    await call(client, tool, args); // the first one loads code
    const slow = tool === "summarize_traces" || tool === "query_sql";
    const times = await timeEach(slow ? Math.max(3, runs / 10) : runs, () => call(client, tool, args));
    results.push({ what, p50: quantile(times, 0.5), p95: quantile(times, 0.95) });
  }
  const ids = idsOf(await call(client, "search_traces", { limit: 20 }));
  const reads = await timeEach(runs, (run) =>
    call(client, "get_trace", { traceId: ids[run % ids.length] ?? "" }),
  );
  results.push({ what: "get_trace", p50: quantile(reads, 0.5), p95: quantile(reads, 0.95) });
  const sessions = await timeEach(runs, (run) => call(client, "get_session", { sessionId: `bench-${run}` }));
  results.push({ what: "get_session", p50: quantile(sessions, 0.5), p95: quantile(sessions, 0.95) });
  return results;
}

export interface AtSize {
  readonly traces: number;
  readonly spans: number;
  readonly latencies: readonly Latency[];
  readonly rssMb: number | null;
}

const TURNS = 10;

/** Fills a store over OTLP, then asks it over MCP; with `whileIngesting` also during a second load. */
export async function measureAtSize(
  traces: number,
  whileIngesting: boolean,
): Promise<AtSize & { readonly during: Latency | null; readonly duringRssMb: number | null }> {
  const home = mkdtempSync(join(tmpdir(), "evalwright-bench-"));
  const server = await attach(home);
  try {
    const conversations = traces / TURNS;
    const batch = 200;
    for (let from = 0; from < conversations; from += batch) {
      const count = Math.min(batch, conversations - from);
      const start = Date.now() - 20 * 86_400_000 + from * 100_000;
      await post(server.url, interleaved(count, TURNS, start, 4, from));
    }
    const latencies = await ask(server.client, 50);
    const rssMb = await residentMb(server.pid);
    let during: Latency | null = null;
    let duringRssMb: number | null = null;
    if (whileIngesting) {
      let loading = true;
      const load = post(server.url, interleaved(150, 12, Date.now() - 1_000_000, 4, conversations)).finally(
        () => {
          loading = false;
        },
      );
      const times: number[] = [];
      while (loading) {
        times.push(
          ...(await timeEach(1, () => call(server.client, "search_traces", { filter: "status = error" }))),
        );
        duringRssMb = Math.max(duringRssMb ?? 0, (await residentMb(server.pid)) ?? 0);
      }
      await load;
      during = { what: "search while ingesting", p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
    }
    return { traces, spans: traces * 10, latencies, rssMb, during, duringRssMb };
  } finally {
    await server.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
}
