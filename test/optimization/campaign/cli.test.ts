import { spawn, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../../scripted-endpoint.ts";
import { bareEnv, type Ended, run, serverEntry, temporaryHome } from "../../server/harness.ts";
import { addTeacher, makeAgent, makeQuestions, presentText, withRuleOf } from "./fixture.ts";

const home = temporaryHome();
const repository = makeAgent();
const deaf = makeAgent({ ignores: true });
const SEED = "You are a shop assistant.";
let endpoint: ScriptedEndpoint;
/** Called before each answer of the reflection model. */
let onReflection: () => void = () => undefined;

const env = (folder = repository) => ({
  ...bareEnv(home.path),
  CLAUDE_PROJECT_DIR: folder,
  EVALWRIGHT_PROJECT: "test",
  ...modelEnv(endpoint.url),
});
const evalwright = (...args: string[]) => run([serverEntry, ...args], env(), repository);
const optimize = (dataset: string, ...args: string[]) => [
  ...["optimize", "--dataset", dataset, "--target", "agent.yaml", "--prompt", "system=support@production"],
  ...["--judge", "exact_match", ...args],
];

beforeAll(async () => {
  endpoint = await startScriptedEndpoint({
    answer(request) {
      onReflection();
      const order = JSON.stringify(request.body).replaceAll("\\n", "\n");
      const text = withRuleOf(presentText(order), order);
      return JSON.stringify({ hypothesis: "a policy\u001b[31m is missing", components: { system: text } });
    },
  });
  writeFileSync(join(repository, "support.md"), SEED);
  addTeacher(repository);
  const save = (name: string, unknowable: boolean) => {
    const rows = makeQuestions(unknowable ? 40 : 80, unknowable).map((row) => JSON.stringify(row));
    writeFileSync(join(home.path, `${name}.jsonl`), rows.join("\n"));
    return evalwright("call", "save_dataset", `name=${name}`, `path=${join(home.path, `${name}.jsonl`)}`);
  };
  for (const saved of [await save("refunds", false), await save("hopeless", true)])
    expect(saved.stderr).toBe("");
  await evalwright("prompt", "save", "support", "support.md");
  await evalwright("prompt", "alias", "support", "production", "1");
});

afterAll(async () => {
  await endpoint[Symbol.asyncDispose]();
  home.remove();
  for (const folder of [repository, deaf]) rmSync(folder, { recursive: true, force: true });
});

/** Runs until the reflection model has been asked so often, and then stops it as Ctrl-C does. */
function interrupted(args: readonly string[], reflections: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [serverEntry, ...args], { env: env(), cwd: repository });
    let asked = 0;
    onReflection = () => {
      asked += 1;
      if (asked === reflections) child.kill("SIGINT");
    };
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString("utf8");
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString("utf8");
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      onReflection = () => undefined;
      resolve({ code, signal, stdout, stderr });
    });
  });
}

it("says what a campaign would cost, and what it lacks", async () => {
  const dry = await evalwright(...optimize("refunds", "--dry-run", "--max-calls", "2000"));
  expect(dry).toMatchObject({ code: 0, stderr: "" });
  expect(dry.stdout).toMatch(/final look at the holdout +\d+/);
  const chosen = ["--objective", "length", "--frontier", "objective", "--patience", "4", "--minibatch", "5"];
  const watched = ["--target-score", "0.9", "--watch-judge", "no_refusal", "--json"];
  const settings = await evalwright(...optimize("refunds", "--dry-run", ...chosen, ...watched));
  expect(JSON.parse(settings.stdout)).toMatchObject({
    search: { frontier: "objective", patience: 4, targetScore: 0.9, minibatch: 5 },
    watchJudges: ["no_refusal"],
  });
  const beyond = await evalwright(...optimize("refunds", "--dry-run", "--target-score", "90"));
  expect(beyond).toMatchObject({ code: 2, stdout: "" });
  expect(beyond.stderr).toMatch(/^invalid_input: "targetScore".*\n?.*--target-score \(above 0 to 1\)/);
  const lacking = await evalwright("optimize", "--dataset", "refunds");
  expect(lacking).toMatchObject({ code: 2 });
  expect(lacking.stderr).toMatch(
    /^invalid_input: --dataset, --judge, and --target or --teacher with --student are needed/,
  );
  expect((await evalwright("optimize", "--max-proposals", "1.5")).code).toBe(2);
});

it("is stopped, goes on where it was, ends better with a proposal, which is applied and taken back", async () => {
  const stopped = await interrupted(optimize("refunds", "--max-proposals", "16"), 3);
  expect(stopped).toMatchObject({ code: 2, stdout: "" });
  const [, jobId = ""] = /optimize --resume (\S+)/.exec(stopped.stderr) ?? [];
  expect(stopped.stderr).toContain(`job ${jobId}  campaign op-`);
  expect(stopped.stderr).toMatch(/^seed {6}validation 0, 25 characters$/m);

  const resumed = await evalwright("optimize", "--resume", jobId);
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toMatch(/after \d+ events\n/);
  expect(resumed.stderr).toMatch(
    /^accepted {2}\d+ from \d+, validation 0\.\d+ -> [01][.\d]*, \+\d+ characters: "a policy.* is missing"$/m,
  );
  expect(resumed.stderr).not.toContain("\u001b");
  expect(resumed.stderr).not.toContain("seed      validation");
  expect(resumed.stdout).toMatch(/^verdict: better$/m);
  expect(resumed.stdout).toContain("+books: 30 days");

  // The look is not taken twice; the machine's form of the same outcome.
  const again = await evalwright("optimize", "--resume", jobId, "--json");
  expect(again).toMatchObject({ code: 0, stderr: "" });
  const outcome = JSON.parse(again.stdout);
  expect(outcome).toMatchObject({ jobId, verdict: "better", look: 1, exitCode: 0 });
  const id = String(outcome.proposal);

  const list = await evalwright("proposal", "list");
  expect(list.stdout).toMatch(new RegExp(`${id} +pending +better`));
  const markdown = await evalwright("proposal", "show", id, "--markdown");
  expect(markdown.stdout).toMatch(new RegExp(`^## Better: proposal ${id}\n`));
  expect(markdown.stdout).toContain("```diff\n--- system\n+++ system");
  expect(markdown.stdout).not.toContain("\u001b");
  const dry = await evalwright("proposal", "apply", id, "--dry-run");
  expect(dry.stdout).toContain("a new version");
  const production = async () => (await evalwright("prompt", "export", "support@production")).stdout;
  expect(await production()).toBe(SEED);
  const apply = await evalwright("proposal", "apply", id, "--watch-judge", "no_refusal", "--json");
  expect(JSON.parse(apply.stdout)).toMatchObject({ status: "applied", watch: ["no_refusal"] });
  expect(await production()).toContain("books: 30 days");
  const back = await evalwright("proposal", "rollback", id, "--reason", "worse live");
  expect(back.stdout).toContain("status: rolled_back");
  expect(await production()).toBe(SEED);
  expect((await evalwright("proposal", "reject", id)).stderr).toMatch(/^conflict: /);
}, 240_000);

it("not shown is exit 1; an agent that ignores its prompt, and an assistant that is not there, are exit 2", async () => {
  const hopeless = await evalwright(...optimize("hopeless", "--max-proposals", "4"));
  expect(hopeless).toMatchObject({ code: 1 });
  expect(hopeless.stdout).toMatch(/^sentence: Not shown: no candidate was better than the seed/m);
  expect(hopeless.stderr).toMatch(/^rejected {2}from 0, no gain on its training cases \(0 -> 0\)/m);
  expect(hopeless.stderr).toMatch(/^ended {5}the most proposals allowed were made$/m);

  const ignored = await run([serverEntry, ...optimize("refunds")], env(deaf), deaf);
  expect(ignored).toMatchObject({ code: 2, stdout: "" });
  expect(ignored.stderr).toContain("did not use the text it was given as system");

  const waiting = await evalwright(...optimize("refunds", "--proposer", "assistant"));
  expect(waiting).toMatchObject({ code: 2, stdout: "" });
  expect(waiting.stderr).toMatch(/^unavailable: The campaign waits for answers of an assistant/m);
}, 240_000);

it("a model switch: stopped and gone on with by its own id, a student that matches is exit 0", async () => {
  const same = { name: "same", builtin: "exact_match", whenExpected: "teacher" };
  const params = JSON.stringify({ expectation: "teacher" });
  const pairs = Object.entries(same).map(([name, value]) => `${name}=${value}`);
  expect((await evalwright("call", "save_judge", ...pairs, `params=${params}`)).stderr).toBe("");
  const switchTo = [
    ...["optimize", "--dataset", "refunds", "--teacher", "teacher.yaml", "--student", "student.yaml"],
    ...["--prompt", "system=support@production", "--judge", "exact_match", "same", "--max-proposals", "16"],
  ];
  expect((await evalwright(...switchTo)).stderr).toMatch(/^invalid_input: A model switch needs a margin/);
  const dry = await evalwright(...switchTo, "--margin", "0.3", "--dry-run", "--json");
  expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, margin: 0.3, comparesWithTeacher: "same" });

  const stopped = await interrupted([...switchTo, "--margin", "0.3"], 2);
  expect(stopped).toMatchObject({ code: 2, stdout: "" });
  const [, match = ""] = /model switch (ma-\w+)/.exec(stopped.stderr) ?? [];
  const resumed = await evalwright("optimize", "--resume", match);
  expect(resumed.code).toBe(0);
  expect(resumed.stderr).toMatch(/^student\.yaml {2}accepted {2}\d+ from \d+, validation/m);
  expect(resumed.stdout).toMatch(/^student\.yaml {2}not_inferior/m);
  expect(resumed.stderr).toMatch(/evalwright proposal apply pr-\S+ --alias student --dry-run\n$/);
  // The second look at these examples, after the campaign's own; asked again there is no third.
  const again = await evalwright("optimize", "--resume", match, "--json");
  expect(JSON.parse(again.stdout)).toMatchObject({ match, look: 2, exitCode: 0 });
}, 300_000);

const noPython = spawnSync("python3", ["--version"]).status !== 0;

it.skipIf(noPython)(
  "shows a live view on a terminal (skipped without python3)",
  async () => {
    const script = "import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
    const args = [serverEntry, ...optimize("hopeless", "--max-proposals", "2", "--no-finish")];
    const shown = spawn("python3", ["-c", script, process.execPath, ...args], {
      env: env(),
      cwd: repository,
      stdio: ["ignore", "pipe", "inherit"],
    });
    let screen = "";
    for await (const chunk of shown.stdout) screen += String(chunk);
    expect(screen).toMatch(/cases \d+ {2}proposals \d of 2 {2}calls \d+ {2}tokens \d+ {2}\$0\.0000/);
    expect(screen).toMatch(/validation: seed 0, best 0 {2}frontier 1 of 1 \(0\) {2}accepted 0, rejected \d/);
    expect(screen).toContain("] 100 % of proposals");
    // What was drawn is gone at the end; lines stay.
    expect(screen.slice(screen.lastIndexOf("\u001b[J"))).toContain("optimization: op-");
    expect(readFileSync(join(repository, "support.md"), "utf8")).toBe(SEED);
  },
  120_000,
);
