import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { toolSchema } from "../src/server/register-tools.ts";
import { tools } from "../tools/index.ts";
import { measureEvaluation } from "./evaluation.ts";
import { measureIngest } from "./ingest.ts";
import { type Latency, measureAtSize } from "./latency.ts";
import { measureCalls } from "./llm-calls.ts";
import { describeOptimization, measureOptimization } from "./optimization.ts";
import { describeSignals } from "./signals.ts";
import { measureStartup } from "./startup.ts";
import { describeWhoAndWhen } from "./who-and-when.ts";

// `npm run bench`: one table, one of the optimizer, and with EVALWRIGHT_TEST_DATA those of signals and of guesses without a
// model. `npm run bench -- quick` leaves out the store of a million spans
// and takes few worlds.

const rows: (readonly [what: string, measured: string, beside: string])[] = [];
const ms = (value: number) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const mb = (value: number | null) => (value === null ? "unknown" : `${value.toFixed(0)} MB`);

function add(what: string, measured: string, beside = ""): void {
  rows.push([what, measured, beside]);
  process.stderr.write(`${what}: ${measured} ${beside}\n`);
}

const addLatencies = (size: string, latencies: readonly Latency[]) => {
  for (const { what, p50, p95 } of latencies) add(`${what}, ${size}`, `p50 ${ms(p50)}, p95 ${ms(p95)}`);
};

const definitions = tools.map((tool) => ({
  name: tool.name,
  description: tool.description,
  inputSchema: toolSchema(tool),
  annotations: tool.hints,
}));
const sizes = definitions.map((definition) => encode(JSON.stringify(definition)).length);
add(
  `tool list, ${tools.length} tools`,
  `${encode(JSON.stringify(definitions)).length} tokens (o200k)`,
  `largest ${Math.max(...sizes)}; 26 tools may take 8,000`,
);

const startup = await measureStartup();
add(
  "start-up, spawn to tools/list",
  ms(startup.ours),
  `minimal SDK server ${ms(startup.minimal)}: ${(startup.ours / startup.minimal).toFixed(2)} times (aim 1.3)`,
);

const ingest = await measureIngest();
add(
  `ingest, OTLP protobuf over HTTP, ${ingest.spans} spans, ${ingest.bodyMb.toFixed(0)} MB sent, ${ingest.storedMb.toFixed(0)} MB stored`,
  `${ingest.spansPerSecond.toFixed(0)} spans/s`,
  `pre-encoded rows, 8 requests a transaction, both warm, ${ingest.preEncodedSpansPerSecond.toFixed(0)} spans/s: ${(ingest.spansPerSecond / ingest.preEncodedSpansPerSecond).toFixed(2)} (aim 0.5)`,
);
add("memory of the collector while ingesting, peak", mb(ingest.peakMb), "aim under 250 MB");

const calls = await measureCalls();
add(
  "2,000 model calls, 64 wide, endpoint of 50 ms in another process",
  `${calls.ours.ratio.toFixed(2)} times the latency alone, ${calls.ours.cpuUs.toFixed(0)} us of processor a call`,
  `bare node:http: ${calls.bare.ratio.toFixed(2)} times, ${calls.bare.cpuUs.toFixed(0)} us (aim 1.15 times)`,
);

const evaluation = await measureEvaluation();
const systems = [
  evaluation.ours,
  ...(typeof evaluation.promptfoo === "string" ? [] : [evaluation.promptfoo]),
];
for (const { name, ...cost } of systems) {
  const endpoint =
    cost.endpointCpuS === null ? "" : `, the endpoint's processor ${cost.endpointCpuS.toFixed(1)} s`;
  add(
    `2,000 examples by three model judges, 64 wide, endpoint of 50 ms: ${name}`,
    `${cost.wallS.toFixed(1)} s, ${cost.ratio.toFixed(2)} times the latency alone (while calling ${cost.callingRatio.toFixed(2)})`,
    `aim 1.15; ${cost.cpuMsPerJudgement.toFixed(2)} ms of processor a judgement, peak ${mb(cost.peakMb)}, ${cost.requests} requests, at most ${cost.mostOpen} at once${endpoint}`,
  );
}
if (typeof evaluation.promptfoo === "string") add("promptfoo beside it", "skipped", evaluation.promptfoo);

const small = await measureAtSize(100, true);
addLatencies("100 traces", small.latencies);
if (small.during)
  add(
    "search over MCP while ingesting",
    `p50 ${ms(small.during.p50)}, p95 ${ms(small.during.p95)}`,
    "one process serves both",
  );
add("memory of the server while ingesting, peak", mb(small.duringRssMb), "aim under 250 MB");

const optimization = await measureOptimization(process.argv.includes("quick"));

if (!process.argv.includes("quick")) {
  const large = await measureAtSize(100_000, false);
  addLatencies("100,000 traces", large.latencies);
  add(`memory of the server with ${large.spans} spans`, mb(large.rssMb), "aim under 250 MB");
}

const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
console.log(
  `\nNode ${process.versions.node}, ${process.platform}, ${(await import("node:os")).availableParallelism()} cores`,
);
for (const row of rows)
  console.log(
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
console.log(`\n${describeOptimization(optimization)}`);
console.log(`\n${await describeSignals()}`);
console.log(`\n${await describeWhoAndWhen()}`);
