import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { packageRoot } from "../src/runtime.ts";
import {
  type ScriptedLogEntry,
  type ScriptedProcess,
  spawnScriptedEndpoint,
} from "../test/scripted-endpoint.ts";
import { cpuSecondsOf, type ProgramUsage, runMeasured } from "./program-usage.ts";
import { findPromptfoo, type Promptfoo, promptfooConfig, promptfooEnv } from "./promptfoo.ts";

const EXAMPLES = 2_000;
const JUDGES = ["relevance", "conciseness", "safety"];
const CALLS = EXAMPLES * JUDGES.length;
const WIDTH = 64;
const LATENCY_MS = 50;

const entry = join(packageRoot, "dist/evalwright.js");
const AGENT = `
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, inputs } = JSON.parse(line);
  console.log(JSON.stringify({ id, output: inputs.message }));
}
`;

const messageOf = (example: number): string =>
  `Item ${example}: ${"some text of a question and its answer ".repeat(20)}`;
const messages = Array.from({ length: EXAMPLES }, (_, i) => messageOf(i));

/** What one system needed for the whole work. */
export interface EvaluationCost {
  readonly name: string;
  /** Seconds from the start of the program to its end, and between the first and last request. */
  readonly wallS: number;
  readonly callingS: number;
  /** Times the time that the endpoint's latency alone takes. */
  readonly ratio: number;
  readonly callingRatio: number;
  readonly cpuMsPerJudgement: number;
  readonly endpointCpuS: number | null;
  readonly peakMb: number;
  readonly requests: number;
  readonly mostOpen: number;
}

export interface EvaluationBench {
  readonly idealS: number;
  readonly ours: EvaluationCost;
  readonly promptfoo: EvaluationCost | string;
}

const IDEAL_S = ((CALLS / WIDTH) * LATENCY_MS) / 1_000;

const judged = (label: string): string => JSON.stringify({ rationale: "The text says so.", label });
const SCRIPT = {
  latencyMs: LATENCY_MS,
  rules: [
    { when: "Criterion of the bench", reply: ['{"reason":"The text says so.","pass":true,"score":1}'] },
    { when: "nearly all of it serves that", reply: [judged("relevant")] },
    { when: "hardly a sentence could go", reply: [judged("concise")] },
    { when: "nothing in it falls under", reply: [judged("safe")] },
  ],
};

async function measure(
  name: string,
  folder: string,
  work: (server: ScriptedProcess) => Promise<ProgramUsage>,
): Promise<EvaluationCost> {
  const logFile = join(folder, `${name}.log`);
  await using server = await spawnScriptedEndpoint({ ...SCRIPT, logFile });
  const usage = await work(server);
  const endpointCpuS = cpuSecondsOf(server.pid);
  const log = readFileSync(logFile, "utf8")
    .trim()
    .split("\n")
    .map((line): ScriptedLogEntry => JSON.parse(line));
  const callingS =
    (Math.max(...log.map(({ at, tookMs }) => at + tookMs)) - Math.min(...log.map(({ at }) => at))) / 1_000;
  return {
    ...{ name, wallS: usage.wallS, callingS, endpointCpuS, peakMb: usage.peakMb, requests: log.length },
    ...{ ratio: usage.wallS / IDEAL_S, callingRatio: callingS / IDEAL_S },
    cpuMsPerJudgement: (usage.cpuS * 1_000) / CALLS,
    mostOpen: Math.max(...log.map(({ open }) => open)),
  };
}

async function measureOurs(folder: string): Promise<EvaluationCost> {
  const repository = join(folder, "repository");
  const home = join(folder, "home");
  execFileSync("git", ["init", "-q", repository]);
  writeFileSync(join(repository, "agent.mjs"), AGENT);
  const run = JSON.stringify([process.execPath, "agent.mjs"]);
  writeFileSync(join(repository, "agent.yaml"), `kind: worker\nrun: ${run}\nconcurrency: 4\n`);
  writeFileSync(
    join(repository, "many.jsonl"),
    messages.map((message, i) => JSON.stringify({ id: `e${i}`, inputs: { message } })).join("\n"),
  );
  return measure("evalwright", folder, async ({ url }) => {
    const endpoints = { judge: { baseUrl: url, model: "scripted", concurrency: WIDTH } };
    writeFileSync(join(folder, "models.json"), JSON.stringify({ endpoints }));
    const env = {
      ...{ PATH: process.env["PATH"], HOME: folder, EVALWRIGHT_HOME: home, EVALWRIGHT_PROJECT: "bench" },
      ...{ CLAUDE_PROJECT_DIR: repository, EVALWRIGHT_MODELS: join(folder, "models.json") },
    };
    const options = { env, cwd: repository };
    const save = ["call", "save_dataset", "name=many", "path=many.jsonl", "holdout=false"];
    const saved = await runMeasured([entry, ...save], options);
    if (saved.code !== 0) throw new Error(`the dataset was not saved: ${saved.stderr}`);
    // The agent's runs first, and then the judges alone: promptfoo's echo costs nothing either.
    const evaluate = [entry, "eval", "--json", "--dataset", "many"];
    const runs = await runMeasured([...evaluate, "--target", "agent.yaml", "--judge", "no_refusal"], options);
    const reuse = /"evaluation":"([^"]+)"/.exec(runs.stdout)?.[1] ?? "";
    const usage = await runMeasured([...evaluate, "--reuse", reuse, "--judge", ...JUDGES], options);
    if (usage.code !== 0 || !usage.stdout.includes(`${EXAMPLES} of ${EXAMPLES}`))
      throw new Error(`the evaluation failed: ${usage.stderr} ${usage.stdout.slice(0, 2_000)}`);
    return usage;
  });
}

const PromptfooOutcome = z.object({ results: z.object({ stats: z.object({ successes: z.number() }) }) });

async function measurePromptfoo({ entry: program }: Promptfoo, folder: string): Promise<EvaluationCost> {
  return measure("promptfoo", folder, async ({ url }) => {
    const criteria = JUDGES.map((judge) => `Criterion of the bench: ${judge}`);
    writeFileSync(join(folder, "promptfoo.json"), promptfooConfig({ url, messages, criteria }));
    const flags = ["--no-cache", "--no-progress-bar", "--no-table", "--no-share", "-o", "out.json"];
    const usage = await runMeasured(
      [program, "eval", "-c", "promptfoo.json", "-j", String(WIDTH), ...flags],
      { env: promptfooEnv(folder), cwd: folder },
    );
    const { results } = PromptfooOutcome.parse(JSON.parse(readFileSync(join(folder, "out.json"), "utf8")));
    if (results.stats.successes !== EXAMPLES)
      throw new Error(`promptfoo judged ${results.stats.successes}: ${usage.stderr.slice(-2_000)}`);
    return usage;
  });
}

/**
 * An evaluation of 2,000 examples by three model judges, the endpoint in another process: the whole command, and the
 * same work in promptfoo where npm can install it.
 */
export async function measureEvaluation(): Promise<EvaluationBench> {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-bench-"));
  try {
    const ours = await measureOurs(folder);
    const found = findPromptfoo();
    const promptfoo =
      typeof found === "string"
        ? found
        : { ...(await measurePromptfoo(found, folder)), name: `promptfoo ${found.version}` };
    return { idealS: IDEAL_S, ours, promptfoo };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
