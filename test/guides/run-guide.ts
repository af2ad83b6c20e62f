import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { startEndpoint } from "../../examples/support-agent/endpoint.ts";
import type { Span } from "../../src/model/span.ts";
import type { TraceSummary } from "../../src/model/trace.ts";
import { packageRoot } from "../../src/runtime.ts";
import { openStore } from "../../src/store/open.ts";
import { startCollector } from "../../src/telemetry/collector/collector.ts";
import { readGuide } from "./guide.ts";

export interface Arrived {
  readonly projects: readonly string[];
  readonly traces: readonly TraceSummary[];
  /** All spans of all traces. */
  readonly spans: readonly Span[];
}

/** A folder of its own in which Node finds this repository's packages; removed when the test ends. */
export function temporaryPackage(): string {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-guide-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(packageRoot, "node_modules"), join(folder, "node_modules"), "junction");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  return folder;
}

/**
 * Runs the `ts` block of a guide as written, with the environment that the guide tells to set and none of this
 * process's, against a collector over a store of its own. `model.ts` is what the block imports as ./model.ts;
 * OpenAI's client finds the scripted endpoint of the example agent.
 */
export async function runGuide(name: string, projectId: string, model?: string): Promise<Arrived> {
  const folder = temporaryPackage();
  const log = pino({ level: "silent" });
  const store = await openStore(join(folder, "evalwright.db"), log);
  onTestFinished(() => store[Symbol.asyncDispose]());
  const collector = await startCollector({ store, storeId: "guides", httpPort: 0, grpcPort: null, log });
  onTestFinished(() => collector.close());
  const endpoint = await startEndpoint();
  onTestFinished(() => endpoint.close());

  const guide = readGuide(name, projectId, collector.status().httpUrl ?? "");
  writeFileSync(join(folder, "agent.ts"), guide.blocks("ts").join("\n"));
  if (model !== undefined) writeFileSync(join(folder, "model.ts"), model);
  await runNode(folder, {
    ...guide.environment,
    OPENAI_BASE_URL: endpoint.url,
    OPENAI_API_KEY: "none",
  });

  await store.traces.settle();
  const projects = (await store.records.listProjects()).map((project) => project.id);
  const { items: traces } = await store.traces.searchTraces({
    projectId,
    filter: { type: "all" },
    order: "oldest",
    limit: 100,
  });
  const spans: Span[] = [];
  for (const { traceId } of traces) {
    for (const { head } of (await store.traces.readSpans(projectId, traceId, { limit: 1000 })).items) {
      const span = await store.traces.getSpan(projectId, traceId, head.spanId);
      if (span) spans.push(span);
    }
  }
  return { projects, traces, spans };
}

function runNode(folder: string, env: Record<string, string>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["agent.ts"], {
      cwd: folder,
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("utf8");
    });
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}: ${stderr}`))));
  });
}
