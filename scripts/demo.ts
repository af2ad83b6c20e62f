import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { startEndpoint } from "../examples/support-agent/endpoint.ts";
import { grade, isGrading } from "../examples/support-agent/grade.ts";
import { reflect } from "../examples/support-agent/reflection.ts";
import { attachLines } from "../src/cli/attach.ts";
import { readHealth } from "../src/cli/health.ts";
import { isJsonObject, type Json, type JsonObject } from "../src/model/json.ts";
import { packageRoot } from "../src/runtime.ts";
import { ask, ended, heading } from "./demo/ask.ts";
import { optimize } from "./demo/optimize.ts";

// Plays the main job end to end: a real agent run exports its traces to a real server that a real MCP client
// attached over stdio, and the client asks what an assistant would ask. Nothing of it touches the user's store.

const PROJECT = "demo";
const serverEntry = join(packageRoot, "dist", "evalwright.js");
const home = mkdtempSync(join(tmpdir(), "evalwright-demo-"));

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === "object" ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}

/** The server answers MCP before its collector listens; an agent's first export must not be refused. */
async function collectorListens(url: string): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    const health = await readHealth(url);
    if (health === "foreign") throw new Error(`another program answers at ${url}; run the demo again`);
    if (health !== "free") return;
    await sleep(100);
  }
  throw new Error(`the collector did not start at ${url} within 30 s`);
}

function runAgent(url: string): Promise<void> {
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-evalwright-project=${PROJECT}`,
  };
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(packageRoot, "examples/support-agent/run.ts")], {
      env,
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.once("error", reject);
    child.once("exit", (code) =>
      code === 0 ? resolve() : reject(new Error(`the example agent ended with ${code}`)),
    );
  });
}

async function interview(client: Client): Promise<void> {
  await ask(client, "What has arrived?", "search_traces", {
    level: "sessions",
    waitSeconds: 20,
    order: "oldest",
  });
  const summary = await ask(client, "What went wrong today?", "summarize_traces", { filter: "since 24h" });
  await ask(client, "Which conversations did customers dislike?", "search_traces", {
    level: "sessions",
    filter: "feedback.thumbs = false",
  });
  await ask(client, "What happened in chat-03?", "get_session", { sessionId: "chat-03" });
  await ask(client, "And inside the agent, step by step?", "get_trace", { traceId: exampleOf(summary) });
  await ask(client, "How often does each tool fail, over everything?", "query_sql", {
    sql: "SELECT tool_name, count(*) AS calls, sum(status = 'error') AS failed FROM spans WHERE kind = 'tool' GROUP BY 1 ORDER BY 3 DESC",
  });
  await ask(client, "Keep what I concluded, so that it can be counted later.", "record_feedback", {
    items: [
      {
        sessionId: "chat-03",
        name: "failure_kind",
        value: "claims success after a failed tool",
        rationale: "issue_refund timed out three times; the agent said that the refund was processed.",
      },
    ],
  });
}

async function evaluate(client: Client, question: string, target: string): Promise<string> {
  const started = await ask(client, question, "run_evaluation", {
    dataset: "complaints",
    target,
    judges: ["helped", "task_success", "no_errors", "latency"],
  });
  const job = await ended(client, started);
  if (job["state"] !== "done") throw new Error(`the evaluation ended as ${JSON.stringify(job)}`);
  const { evaluation } = started;
  await ask(client, "What did the judges say?", "get_record", { kind: "evaluation", id: String(evaluation) });
  return String(evaluation);
}

/** From complaints to a verdict: a dataset, the agent before and after a change of its prompt, a comparison. */
async function improve(client: Client): Promise<void> {
  await ask(client, "Turn the bad conversations into a dataset, good ones beside them", "save_dataset", {
    name: "complaints",
    filter: "feedback.thumbs = false",
    addPassing: 3,
  });
  await ask(client, "Say what a good answer is: a judge", "save_judge", {
    name: "helped",
    builtin: "contains",
    params: { values: ["order number", "could not find", "has been processed"], match: "any" },
    negate: true,
    description: "Asks for nothing that it was told, finds the order, claims no refund that failed.",
  });
  const before = await evaluate(client, "Run the agent as it is", "examples/support-agent/agent.yaml");
  const after = await evaluate(
    client,
    "Run it with a prompt that answers two of the complaints",
    "examples/support-agent/fixed-agent.yaml",
  );
  await ask(client, "Did the change help? An honest answer, also with six examples", "compare_evaluations", {
    baseline: before,
    candidate: after,
  });
}

function exampleOf(summary: JsonObject): string {
  const next: Json | undefined = Array.isArray(summary["next"]) ? summary["next"][0] : undefined;
  const call =
    isJsonObject(next) && isJsonObject(next["arguments"]) ? next["arguments"]["traceId"] : undefined;
  if (typeof call !== "string") throw new Error("the summary named no example");
  return call;
}

async function demo(): Promise<void> {
  const reflection = await startEndpoint((messages) =>
    isGrading(messages) ? grade(messages) : reflect(messages),
  );
  const [http, grpc] = [await freePort(), await freePort()];
  const client = new Client({ name: "demo", version: "1" }, { versionNegotiation: { mode: "auto" } });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [serverEntry, "--project", PROJECT, "--http-port", String(http), "--grpc-port", String(grpc)],
    env: {
      // The example agent is started as `node`: the one that runs this.
      PATH: [dirname(process.execPath), process.env["PATH"] ?? ""].join(delimiter),
      HOME: process.env["HOME"] ?? "",
      EVALWRIGHT_HOME: home,
      CLAUDE_PROJECT_DIR: packageRoot,
      // Plays the model that grades and that writes proposals: the demo needs no key.
      EVALWRIGHT_MODEL: "scripted",
      EVALWRIGHT_MODEL_BASE_URL: reflection.url,
    },
  });
  heading("1. An MCP client attaches to Evalwright over stdio");
  await client.connect(transport);
  const { tools } = await client.listTools();
  console.log(`${tools.length} tools: ${tools.map((tool) => tool.name).join(", ")}`);
  heading("2. A support agent holds eight conversations and exports its traces (OpenTelemetry, OTLP)");
  await collectorListens(`http://127.0.0.1:${http}`);
  await runAgent(`http://127.0.0.1:${http}`);
  heading("3. The client asks what an assistant would ask");
  await interview(client);
  heading("4. Failed conversations become tests, and a change is judged by them");
  await improve(client);
  heading("5. A campaign improves the prompt, and ends in a proposal with its evidence");
  await optimize(client);
  await client.close();
  await reflection.close();
  heading("Attach Evalwright to your assistant (from any folder)");
  for (const { host, lines } of attachLines()) console.log(`\n${host}:\n  ${lines.join("\n  ")}`);
  console.log('\nThen point your agent at http://127.0.0.1:4318 (OTLP) and ask: "What went wrong today?"');
}

try {
  await demo();
} finally {
  rmSync(home, { recursive: true, force: true });
}
