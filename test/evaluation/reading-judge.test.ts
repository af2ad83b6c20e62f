import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baselines } from "../../bench/who-and-when.ts";
import { tokensOf } from "../../src/llm/cost.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { peakMb } from "../jobs/peak.ts";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import type { Reply, ScriptedRequest } from "../scripted-replies.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import {
  type FailedRun,
  isFailure,
  otlpOf,
  readFailedRuns,
  spanIdOfStep,
  traceIdOfRun,
} from "../who-and-when.ts";

const home = temporaryHome();
let endpoint: ScriptedEndpoint;
let server: Attached;
let answer: (request: ScriptedRequest) => Reply = () => "nothing";

beforeAll(async () => {
  endpoint = await startScriptedEndpoint({ answer: (request) => answer(request) });
  server = await attach({
    home: home.path,
    env: modelEnv(endpoint.url),
  });
});

afterAll(async () => {
  await server.close();
  await endpoint.close();
  home.remove();
});

const messagesIn = ({ body }: ScriptedRequest) => (Array.isArray(body["messages"]) ? body["messages"] : []);
const toolNames = ({ body }: ScriptedRequest): readonly string[] =>
  (Array.isArray(body["tools"]) ? body["tools"] : []).map(
    (tool) => /"name":"(\w+)"/.exec(JSON.stringify(tool))?.[1] ?? "",
  );
/** How many steps the judge has taken before this request. */
const stepOf = (request: ScriptedRequest): number =>
  messagesIn(request).filter((message) => /"role":"assistant"/.test(JSON.stringify(message))).length;

const calls = (name: string, given: Record<string, string | null>): Reply => ({
  text: null,
  toolCalls: [{ name, arguments: given }],
});
const verdict = (label: string, more: Record<string, string | null> = {}): Reply =>
  calls("give_verdict", { rationale: "It was wrong there.", agent: null, span: null, label, ...more });

async function importRuns(runs: readonly Pick<FailedRun, "question" | "history">[], from = 0): Promise<void> {
  const path = join(home.path, `runs-${from}.otlp.jsonl`);
  writeFileSync(path, runs.map((run, i) => otlpOf(run, from + i)).join("\n"));
  await ended(await server.call("import_traces", { paths: [path] }));
}

/** A job's last answer, however slow the machine. */
async function ended(job: JsonObject): Promise<JsonObject> {
  let now = job;
  while (now["state"] === "running" || now["state"] === "queued")
    now = await server.call("get_job", { jobId: String(job["jobId"]), waitSeconds: 20 });
  return now;
}

const inTrace = (run: number) => `trace = "${traceIdOfRun(run)}"`;

const feedbackOn = async (run: number) => {
  const found = await server.call("query_sql", {
    sql: `SELECT span_id, value, rationale FROM assessments WHERE name = 'root_cause' AND trace_id = '${traceIdOfRun(run)}' ORDER BY span_id`,
  });
  return rowsOf(untrustedOf(found));
};

const step = (name: string, content: string) => ({ name, content });
const PLAN = {
  question: "What is 2 + 2?",
  history: [step("Planner", "Add them."), step("Coder", "print(2 * 3)"), step("Planner", "It is 6.")],
};

describe("a judge that reads by tools", () => {
  const other = { question: "Which town?", history: [step("Guide", "Ghent."), step("Guide", "Bruges.")] };
  beforeAll(() => importRuns([PLAN, other, PLAN, PLAN], 1_000));

  it("finds the step and the agent, and its verdict stands on the span", async () => {
    const before = endpoint.requests.length;
    answer = (request) => {
      if (stepOf(request) === 0) return calls("find", { pattern: "2 * 3" });
      if (stepOf(request) === 1) return calls("get_span", { spanId: spanIdOfStep(1_000, 1).slice(0, 8) });
      return verdict("failure", { agent: "Somebody", span: spanIdOfStep(1_000, 1).slice(0, 8) });
    };
    const judging = { judges: ["root_cause"], filter: inTrace(1_000) };
    expect(await server.call("run_judges", judging)).toMatchObject({ state: "done" });
    const [first, second, third, ...more] = endpoint.requests.slice(before);
    expect(more).toEqual([]);
    expect(first && toolNames(first)).toEqual(["get_trace", "get_span", "find", "give_verdict"]);
    expect(first?.text).toContain("[recording");
    expect(second?.text).toContain(
      "\\u00bb2 * 3\\u00ab".replaceAll("\\u00bb", "»").replaceAll("\\u00ab", "«"),
    );
    expect(third?.text).toContain("print(2 * 3)");
    expect(await feedbackOn(1_000)).toEqual([
      { span_id: null, value: "failure", rationale: "It was wrong there." },
      // The agent that the span records counts, not the one that the judge names.
      { span_id: spanIdOfStep(1_000, 1), value: "failure", rationale: "Coder: It was wrong there." },
    ]);
    expect(await server.call("run_judges", judging)).toMatchObject({ state: "done" });
    expect(endpoint.requests).toHaveLength(before + 3);
  });

  it("opens nothing but its own trace, and is told what was wrong with a call", async () => {
    const results: string[] = [];
    answer = (request) => {
      const last = messagesIn(request).at(-1);
      results.push(JSON.stringify(last));
      const other = { traceId: traceIdOfRun(1_000), spanId: spanIdOfStep(1_000, 1) };
      return (
        [
          calls("get_span", other),
          calls("get_span", { spanId: other.spanId }),
          calls("find", { pattern: "/(a+)+$/y" }),
          calls("get_session", {}),
          calls("delete_everything", {}),
        ][stepOf(request)] ?? verdict("failure", { span: other.spanId })
      );
    };
    await server.call("run_judges", { judges: ["root_cause"], filter: inTrace(1_001) });
    expect(results).toHaveLength(6);
    for (const result of results.slice(1)) expect(result).toContain("error: ");
    expect(results.join()).not.toContain("print(2 * 3)");
    // A span of another trace is no place in this one.
    expect(await feedbackOn(1_001)).toHaveLength(1);
  });

  describe("at a ceiling", () => {
    const inDollars = { inputPerMTok: 10, outputPerMTok: 10 };
    /** Answers that read on and on, each as long as told. */
    const reads = (chars: number) => () => {
      const pattern = `add ${"x".repeat(chars)}`.slice(0, 250);
      const usage = { prompt_tokens: chars, completion_tokens: 10 };
      return { text: null, toolCalls: [{ name: "find", arguments: { pattern } }], usage };
    };
    const judge = async (name: string, params: JsonObject, model?: string) => {
      const before = endpoint.requests.length;
      await server.call("save_judge", { name, builtin: "root_cause", params, ...(model ? { model } : {}) });
      const judging = { judges: [name], filter: inTrace(1_002) };
      const dry = await server.call("run_judges", { ...judging, dryRun: true });
      const job = await server.call("run_judges", judging);
      const { missing } = rowsOf(untrustedOf(job)["judges"])[0] ?? {};
      return { asked: endpoint.requests.slice(before), dry, job, missing };
    };

    it("of steps it must give its verdict; one that gives none is unscored and says why", async () => {
      answer = reads(10);
      const { asked, dry, job, missing } = await judge("quick", { maxSteps: 3 });
      expect(asked).toHaveLength(3);
      expect(asked.map(toolNames).at(-1)).toEqual(["give_verdict"]);
      expect(asked.at(-1)?.text).toContain("This is your last answer");
      expect(missing).toBe("step_ceiling 1");
      const said = { quick: "3 steps, 150000 tokens, no dollars of its own" };
      expect(dry["ceilingsOfOneItem"]).toEqual(said);
      expect(untrustedOf(job)).toMatchObject({ feedback: 0, ceilingsOfOneItem: said });
    });

    it("of tokens it is the same", async () => {
      answer = reads(9_000);
      const { asked, missing, job } = await judge("brief", { maxTokens: 20_000 });
      expect(asked.length).toBeGreaterThan(1);
      expect(asked.length).toBeLessThan(4);
      expect(asked.map(toolNames).at(-1)).toEqual(["give_verdict"]);
      expect(missing).toBe("token_ceiling 1");
      expect(untrustedOf(job)).toMatchObject({
        ceilingsOfOneItem: { brief: "12 steps, 20000 tokens, no dollars of its own" },
      });
    });

    it("of dollars it is the same where the price is known, and where it is not the answer says so", async () => {
      const entry = { baseUrl: endpoint.url, model: "dear", prices: inDollars };
      writeFileSync(join(home.path, "models.yaml"), JSON.stringify({ endpoints: { priced: entry } }));
      answer = reads(9_000);
      const priced = await judge("cheap", { maxUsd: 0.25 }, "priced");
      expect(priced.asked.length).toBeGreaterThan(1);
      expect(priced.asked.length).toBeLessThan(5);
      expect(priced.missing).toBe("dollar_ceiling 1");
      expect(untrustedOf(priced.job)).toMatchObject({
        ceilingsOfOneItem: { cheap: "12 steps, 150000 tokens, $0.25" },
      });
      const unpriced = await judge("unpriced", { maxUsd: 0.25 });
      expect(unpriced.missing).toBe("step_ceiling 1");
      expect(unpriced.dry["ceilingsOfOneItem"]).toEqual({
        unpriced: "12 steps, 150000 tokens, $0.25, which cannot hold: the model's price is unknown",
      });
    });

    it("in an evaluation the row says which it was and what moves it", async () => {
      await importRuns([PLAN], 1_025);
      answer = reads(10);
      await server.call("save_dataset", {
        name: "ceiling",
        filter: inTrace(1_025),
        level: "traces",
        holdout: false,
      });
      const run = { dataset: "ceiling", target: "recorded", judges: ["quick"] };
      const evaluated = await ended(await server.call("run_evaluation", run));
      const shown = await server.call("get_record", {
        kind: "evaluation",
        id: String(untrustedOf(evaluated)["evaluation"] ?? evaluated["evaluation"]),
      });
      expect(JSON.stringify(shown)).toContain(
        "it gave no verdict within its ceiling of 3 steps an item (params.maxSteps moves it)",
      );
    });
  });

  it("asks by JSON where the endpoint takes no tools", async () => {
    const before = endpoint.requests.length;
    answer = (request) => {
      if (toolNames(request).length > 0)
        return { status: 400, body: { error: { message: "this model does not support tools" } } };
      return stepOf(request) === 0
        ? JSON.stringify({ tool: "find", arguments: { pattern: "Planner" } })
        : JSON.stringify({
            tool: "give_verdict",
            arguments: { rationale: "so", agent: "Planner", span: null, label: "no_failure" },
          });
    };
    await server.call("run_judges", { judges: ["root_cause"], filter: inTrace(1_003) });
    const asked = endpoint.requests.slice(before);
    // Once with tools, then the same by JSON, then one more step.
    expect(asked).toHaveLength(3);
    expect(asked.at(-1)?.text).toContain("Result of find:");
    expect(await feedbackOn(1_003)).toMatchObject([{ value: "no_failure" }]);
  });

  it("a budget that runs out in the middle is no loss: the job goes on where it was", async () => {
    await importRuns([PLAN], 1_010);
    answer = (request) =>
      stepOf(request) < 4 ? calls("find", { pattern: `step ${stepOf(request)}` }) : verdict("failure");
    const before = endpoint.requests.length;
    const stopped = await server.call("run_judges", {
      judges: ["root_cause"],
      filter: inTrace(1_010),
      maxCalls: 2,
    });
    expect(endpoint.requests.length - before).toBe(2);
    expect(stopped).toMatchObject({ state: "failed" });
    await server.call("run_judges", { judges: ["root_cause"], filter: inTrace(1_010) });
    expect(endpoint.requests.length - before).toBe(5);
    expect(await feedbackOn(1_010)).toMatchObject([{ value: "failure" }]);
  });
});

it("an evaluation's judge reads the runs' own traces", async () => {
  await importRuns([PLAN], 1_020);
  answer = () => verdict("failure");
  await server.call("save_dataset", {
    name: "seen",
    filter: inTrace(1_020),
    level: "traces",
    holdout: false,
  });
  const before = endpoint.requests.length;
  const run = { judges: ["root_cause"] };
  const evaluated = await server.call("run_evaluation", { ...run, dataset: "seen", target: "recorded" });
  expect(evaluated).toMatchObject({ state: "done" });
  expect(endpoint.requests.slice(before).map(({ text }) => text.includes("2 * 3"))).toEqual([true]);
});

describe("of a conversation", () => {
  const chat = (id: string, chars: number) =>
    JSON.stringify({
      session_id: id,
      messages: Array.from({ length: 20 }, (_, i) => ({
        role: i % 2 === 0 ? "user" : "assistant",
        content: `message ${i}: ${"word ".repeat(chars / 5)}`,
      })),
    });

  it("reads it by tools when it is too long for one prompt, and never sees what people said of it", async () => {
    const path = join(home.path, "chats.jsonl");
    writeFileSync(path, [chat("brief", 40), chat("lengthy", 6_000)].join("\n"));
    await server.call("import_traces", { paths: [path] });
    await server.call("record_feedback", {
      items: [{ sessionId: "lengthy", name: "verdict_of_people", value: "dreadful" }],
      source: "human",
    });
    await server.call("save_judge", {
      name: "fits",
      builtin: "coherence",
      params: { read: "tools_if_long" },
    });
    const transcript = untrustedOf(
      await server.call("get_session", { sessionId: "lengthy", maxTokens: 9_000 }),
    )["transcript"];
    const third = rowsOf(transcript).find(({ turn, role }) => turn === 3 && role === "assistant");
    answer = (request) => {
      if (!request.text.includes("give_verdict"))
        return JSON.stringify({ rationale: "so", label: "coherent" });
      return stepOf(request) === 0
        ? JSON.stringify({ tool: "get_session", arguments: {} })
        : JSON.stringify({
            tool: "give_verdict",
            arguments: { rationale: "so", agent: null, span: String(third?.["span"]), label: "lapse" },
          });
    };
    const before = endpoint.requests.length;
    const judging = { judges: ["fits"], level: "sessions", filter: "turns >= 1" };
    const dry = await server.call("run_judges", { ...judging, dryRun: true });
    expect(rowsOf(dry["judges"])[0]).toMatchObject({ "of one item at most": 12, "calls at most": 13 });
    expect(await server.call("run_judges", judging)).toMatchObject({ state: "done" });
    const asked = endpoint.requests.slice(before);
    expect(asked.length).toBe(3);
    expect(asked.map(({ text }) => text).join()).not.toContain("dreadful");
    const found = await server.call("query_sql", {
      sql: "SELECT session_id, turn, value FROM assessments WHERE name = 'fits' ORDER BY session_id, turn",
    });
    expect(rowsOf(untrustedOf(found))).toEqual([
      { session_id: "brief", turn: null, value: "coherent" },
      { session_id: "lengthy", turn: null, value: "lapse" },
      { session_id: "lengthy", turn: 3, value: "lapse" },
    ]);
  });
});

/** The process of a job, by its command line. */
const processOf = (jobId: string): number => {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,stat=,args="], { encoding: "utf8" }).split("\n");
  const line = lines.find((one) => one.includes(jobId) && !/^\s*\d+\s+Z/.test(one));
  return Number(/\d+/.exec(line ?? "")?.[0]);
};

it("killed between two steps, it goes on after what it has paid for", async () => {
  await importRuns([PLAN], 1_030);
  const asked: number[] = [];
  let hangs = true;
  const reached = new Promise<void>((resolve) => {
    answer = (request) => {
      asked.push(stepOf(request));
      if (stepOf(request) < 2)
        return JSON.stringify({ tool: "find", arguments: { pattern: `p${asked.length}` } });
      if (!hangs) return JSON.stringify({ rationale: "so", label: "failure" });
      resolve();
      return { breaks: "hang" };
    };
  });
  const started = server.call("run_judges", { judges: ["root_cause"], filter: inTrace(1_030) });
  await reached;
  const jobs = rowsOf((await server.call("list_records", { kind: "job" }))["jobs"]);
  const running = jobs.find(({ state }) => state === "running");
  const jobId = String(running?.["job"]);
  process.kill(processOf(jobId), "SIGKILL");
  expect(await started).toMatchObject({ jobId });
  hangs = false;
  await server.call("manage_job", { jobId, action: "resume" });
  expect(await server.call("get_job", { jobId, waitSeconds: 20 })).toMatchObject({ state: "done" });
  // The step that was in flight is the only one that was asked twice.
  expect(asked).toEqual([0, 1, 2, 2]);
  expect(await feedbackOn(1_030)).toMatchObject([{ value: "failure" }]);
}, 60_000);

/** Reads the overview, looks at what failed and at a step, and blames that step. */
const diligent = (request: ScriptedRequest): Reply => {
  const spans = [...request.text.matchAll(/\b([0-9a-f]{8})\b/g)].map((match) => match[1] ?? "");
  const blamed = spans[Math.floor(spans.length / 2)] ?? "";
  if (stepOf(request) === 0) return calls("find", { pattern: "/exitcode: [1-9]|error/i" });
  if (stepOf(request) === 1) return calls("get_span", { spanId: blamed });
  if (stepOf(request) === 2) return calls("get_trace", {});
  return verdict("failure", { span: blamed, agent: "some agent" });
};

const sizeOf = ({ body }: ScriptedRequest): number => tokensOf(JSON.stringify(body));

it("a log of 130 steps with long texts fits every prompt", async () => {
  const long = Array.from({ length: 130 }, (_, i) =>
    step(
      `Agent_${i % 5}`,
      `${i % 20 === 3 ? "exitcode: 1 (execution failed)\n" : ""}step ${i}: ${"x = 1; ".repeat(900)}`,
    ),
  );
  await importRuns([{ question: "Do it all.", history: long }], 2_000);
  answer = diligent;
  const before = endpoint.requests.length;
  await server.call("run_judges", { judges: ["root_cause"], filter: inTrace(2_000) });
  const asked = endpoint.requests.slice(before);
  expect(asked).toHaveLength(4);
  expect(Math.max(...asked.map(sizeOf))).toBeLessThan(20_000);
  expect(await feedbackOn(2_000)).toHaveLength(2);
});

it("a trace of 30,000 spans is judged within the ceilings", async () => {
  const many = Array.from({ length: 30_000 }, (_, i) =>
    step(`Agent_${i % 7}`, i === 21_000 ? "exitcode: 1 (execution failed)" : `did ${i}`),
  );
  await importRuns([{ question: "Loop.", history: many }], 3_000);
  answer = diligent;
  const before = endpoint.requests.length;
  const job = await ended(
    await server.call("run_judges", { judges: ["root_cause"], filter: inTrace(3_000) }),
  );
  // It took some 450 MB; a job of three spans some 150.
  expect(await peakMb(home.path, String(job["jobId"]))).toBeLessThan(800);
  const asked = endpoint.requests.slice(before);
  expect(asked).toHaveLength(4);
  expect(asked.reduce((sum, one) => sum + sizeOf(one), 0)).toBeLessThan(150_000);
  expect(asked.at(-1)?.text).toContain(spanIdOfStep(3_000, 21_000).slice(0, 8));
  expect(await feedbackOn(3_000)).toHaveLength(2);
}, 120_000);

const runs = readFailedRuns();

describe.skipIf(runs === null)("Who&When, 126 failed runs (skipped without EVALWRIGHT_TEST_DATA)", () => {
  it("are all read and judged, beside the deterministic judges, each within the ceilings", async () => {
    const all = runs ?? [];
    expect(all).toHaveLength(126);
    await importRuns(all);
    answer = diligent;
    const before = endpoint.requests.length;
    const started = await server.call("run_judges", {
      judges: ["root_cause", "no_errors", "no_repetition", "steps"],
      filter: "service = team AND spans < 13 AND spans > 5",
      limit: 500,
    });
    expect(await ended(started)).toMatchObject({ state: "done", done: 126 });
    const asked = endpoint.requests.slice(before);
    expect(asked).toHaveLength(126 * 4);
    expect(Math.max(...asked.map(sizeOf))).toBeLessThan(20_000);
    const counted = await server.call("query_sql", {
      sql: "SELECT name, count(DISTINCT trace_id) AS traces, count(span_id) > 0 AS placed FROM assessments WHERE name IN ('root_cause', 'no_errors') AND trace_id IN (SELECT trace_id FROM traces WHERE span_count BETWEEN 6 AND 12) GROUP BY name ORDER BY name",
    });
    expect(rowsOf(untrustedOf(counted))).toEqual([
      { name: "no_errors", traces: 126, placed: 0 },
      { name: "root_cause", traces: 126, placed: 1 },
    ]);
  }, 240_000);

  it("are all looked at by the deterministic signals", async () => {
    const all = runs ?? [];
    const failing = all.filter(({ history }) => history.some(({ content }) => isFailure(content)));
    const looked = await server.call("find_issues", {
      level: "traces",
      filter: "service = team AND spans < 13 AND spans > 5",
      notes: 0,
    });
    expect(looked).toMatchObject({ of: 126, lookedAt: 126, predictors: [] });
    const kinds = new Map(rowsOf(untrustedOf(looked)["kinds"]).map((row) => [row["kind"], row]));
    expect([...kinds.keys()].sort()).toEqual(["failed_tools", "retries"]);
    expect(kinds.get("failed_tools")).toMatchObject({ count: failing.length, "95% interval": "exact" });
    expect(failing).toHaveLength(67);
  }, 120_000);

  it("without a model one is right about the agent in half, about the step in a third at best", async () => {
    const found = new Map((await baselines(runs ?? [])).map((one) => [one.name, one]));
    expect(found.get("first step")).toMatchObject({ agent: 62, step: 20, of: 126 });
    expect(found.get("last step")).toMatchObject({ agent: 45, step: 1 });
    expect(found.get("step before the first failed code, else the first")).toMatchObject({
      agent: 69,
      step: 39,
    });
    expect(found.get("first step that a signal flags (in 67), else none")).toMatchObject({
      agent: 40,
      step: 27,
      of: 126,
    });
    expect(found.get("first step that a signal flags, else the first")).toMatchObject({
      agent: 69,
      step: 39,
    });
    expect(found.get("chance (expected)")?.agent).toBeCloseTo(36.7, 0);
  });
});
