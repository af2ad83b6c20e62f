import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type Attached,
  attach,
  listening,
  rowsOf,
  run,
  temporaryHome,
  untrustedOf,
} from "../server/harness.ts";
import { makeRepository } from "./fixture.ts";

/** Answers what it is asked, and exports one agent span with a failed tool below it, as OTLP says in JSON. */
const AGENT = `
const { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_EXPORTER_OTLP_HEADERS: headers = "", OTEL_RESOURCE_ATTRIBUTES: resource = "" } = process.env;
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { inputs, traceparent } = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const [, traceId, parentSpanId] = traceparent ? traceparent.split("-") : ["", "ab".repeat(16), ""];
const text = (key, value) => ({ key, value: { stringValue: value } });
const pairs = (list) => list.split(",").filter(Boolean).map((pair) => pair.split("=").map(decodeURIComponent));
const now = BigInt(Date.now()) * 1000000n;
const span = (spanId, parent, name, attributes, code) => ({
  traceId, spanId, parentSpanId: parent, name, attributes, status: { code },
  startTimeUnixNano: String(now), endTimeUnixNano: String(now + 1000000n),
});
const said = (role, content) => JSON.stringify([{ role, parts: [{ type: "text", content }] }]);
const body = { resourceSpans: [{
  resource: { attributes: [text("service.name", "shop"), ...pairs(resource).map(([key, value]) => text(key, value))] },
  scopeSpans: [{ scope: { name: "shop" }, spans: [
    span("a".repeat(16), parentSpanId, "invoke_agent shop", [
      text("gen_ai.operation.name", "invoke_agent"),
      text("gen_ai.input.messages", said("user", inputs.message)),
      text("gen_ai.output.messages", said("assistant", "Certainly.")),
    ], 1),
    span("b".repeat(16), "a".repeat(16), "execute_tool find", [text("gen_ai.operation.name", "execute_tool"), text("gen_ai.tool.name", "find")], 2),
  ] }],
}] };
const answer = await fetch(url + "/v1/traces", {
  method: "POST",
  headers: { "content-type": "application/json", ...Object.fromEntries(pairs(headers)) },
  body: JSON.stringify(body),
});
if (!answer.ok) process.exit(1);
process.stdout.write(JSON.stringify({ output: inputs.message.includes("fail") ? null : "Certainly.", error: inputs.message.includes("fail") ? "no" : undefined }));
`;

const home = temporaryHome();
const repository = makeRepository();
let server: Attached;
let evaluation = "";

beforeAll(async () => {
  server = await attach({ home: home.path, env: { CLAUDE_PROJECT_DIR: repository } });
  await listening(server.httpUrl);
  writeFileSync(join(repository, "traced.mjs"), AGENT);
  writeFileSync(
    join(repository, "traced.yaml"),
    `kind: command\nrun: [${JSON.stringify(process.execPath)}, traced.mjs]\n`,
  );
  // Real use: the same agent, started by nobody of ours.
  writeFileSync(
    join(repository, "once.mjs"),
    `import { spawnSync } from "node:child_process";
const { status } = spawnSync(process.execPath, ["traced.mjs"], { input: JSON.stringify({ inputs: { message: "A real question" } }) });
process.exit(status ?? 1);`,
  );
  const real = await run(
    ["once.mjs"],
    {
      PATH: process.env["PATH"],
      OTEL_EXPORTER_OTLP_ENDPOINT: server.httpUrl,
      OTEL_EXPORTER_OTLP_HEADERS: "x-evalwright-project=test",
    },
    repository,
  );
  expect(real.code).toBe(0);
  await server.call("save_dataset", {
    name: "asked",
    examples: ["one", "fail two"].map((message, i) => ({ id: `e${i}`, inputs: { message } })),
    holdout: false,
  });
  const answer = await server.call("run_evaluation", {
    dataset: "asked",
    target: "traced.yaml",
    judges: ["no_errors"],
  });
  expect(answer).toMatchObject({ state: "done" });
  evaluation = String(answer["evaluation"]);
});

afterAll(async () => {
  await server.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

const LEFT_OUT = { kind: "traces of evaluation runs", count: 2 };

it("what went wrong leaves the runs of evaluations out, and says so", async () => {
  const list = await server.call("search_traces", {});
  expect(rowsOf(untrustedOf(list))).toEqual([expect.objectContaining({ in: "A real question" })]);
  expect(list["omitted"]).toContainEqual(expect.objectContaining(LEFT_OUT));
  const summary = await server.call("summarize_traces", { filter: "since 24h" });
  expect(summary["totals"]).toMatchObject({ traces: 1 });
  expect(summary["omitted"]).toContainEqual(expect.objectContaining(LEFT_OUT));
  const sides = await server.call("summarize_traces", {
    filter: "evaluation is null",
    compareTo: `evaluation = "${evaluation}"`,
  });
  expect(sides).toMatchObject({ totals: { traces: 1 }, comparedTo: { traces: 2 } });
  expect(JSON.stringify(sides["omitted"] ?? [])).not.toContain("evaluation runs");
});

it("a dataset of what happened does not take in its own tests", async () => {
  const dry = await server.call("save_dataset", {
    name: "seen",
    filter: "spans >= 1",
    level: "traces",
    dryRun: true,
  });
  expect(dry).toMatchObject({ matching: 1, leftOut: [LEFT_OUT] });
});

it("judges and samples of what happened leave them out; a filter that names an evaluation has them", async () => {
  const judging = { judges: ["no_refusal"], dryRun: true };
  const dry = await server.call("run_judges", judging);
  expect(dry).toMatchObject({ traces: 1, omitted: [LEFT_OUT] });
  const named = { ...judging, filter: `evaluation = "${evaluation}"` };
  expect(await server.call("run_judges", named)).toMatchObject({ traces: 2 });
  const next = { judge: "no_refusal", mode: "label_next", dryRun: true };
  expect(await server.call("calibrate_judge", next)).toMatchObject({ items: 1, omitted: [LEFT_OUT] });
  const judged = await server.call("run_judges", { judges: ["no_refusal"] });
  expect(judged).toMatchObject({ state: "done", done: 1, omitted: [LEFT_OUT] });
});

it("a run's trace is whole: its root says how the run ended, and no span lacks its parent", async () => {
  const filter = `evaluation = "${evaluation}"`;
  const list = await server.call("search_traces", { filter, order: "oldest" });
  const rows = rowsOf(untrustedOf(list));
  expect(rows).toHaveLength(2);
  expect(rows).toContainEqual(
    expect.objectContaining({ name: "evaluation run", status: "ok", in: "one", out: "Certainly." }),
  );
  expect(rows).toContainEqual(expect.objectContaining({ status: "error", in: "fail two" }));
  const orphans = await server.call("search_traces", { filter: `${filter} AND finding = orphan` });
  expect(orphans["page"]).toMatchObject({ total: 0 });
  const failed = rows.find((row) => row["status"] === "error");
  const trace = JSON.stringify(await server.call("get_trace", { traceId: String(failed?.["id"]) }));
  expect(trace).toContain("evaluation run");
  expect(trace).toContain("invoke_agent shop");
  const roots = await server.call("query_sql", {
    sql: "SELECT count(*) AS n, sum(parent_span_id IS NULL) AS roots FROM spans WHERE name IN ('evaluation run', 'invoke_agent shop')",
  });
  // Two runs and the real use, whose span is its own root.
  expect(rowsOf(untrustedOf(roots))).toEqual([{ n: 5, roots: 3 }]);
  const sessions = await server.call("search_traces", { filter: "tag.evalwright.example = e0" });
  expect(sessions["page"]).toMatchObject({ total: 0 });
  const named = await server.call("search_traces", { filter: `${filter} AND tag.evalwright.example = e0` });
  expect(named["page"]).toMatchObject({ total: 1 });
});
