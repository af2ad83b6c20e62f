import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../../src/model/json.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../../server/harness.ts";
import { finish, makeAgent, makeQuestions, RULES } from "./fixture.ts";

const home = temporaryHome();
const repository = makeAgent();
let server: Attached;

const ALL_RIGHT_SO_FAR = /^1 on the \d+ % looked at$/;

/** What string templates, JSON, Markdown and models' answers are wont to break. */
const SEED = [
  "You are a shop assistant.",
  ["{{brand}} $& $1 $$ \\n %s <b>$", "{x}</b> </think>"].join(""),
  '```json\n{"a": [1, {"b": "\\"c\\""}]}\n```',
  "é 漢字 👍🏽\ttab, blanks at the end   ",
  "",
].join("\n");
const RULED = `${SEED}\n${RULES.map((rule) => `${rule}: 30 days`).join("\n")}\n`;

const linked = join(repository, "support.md");

beforeAll(async () => {
  writeFileSync(linked, SEED);
  server = await attach({ home: home.path, env: { CLAUDE_PROJECT_DIR: repository } });
  await server.call("save_dataset", { name: "refunds", examples: makeQuestions(80) });
  await server.call("save_prompt", {
    name: "support",
    text: SEED,
    alias: "production",
    file: "support.md",
    message: "how it began",
  });
});

afterAll(async () => {
  await server.close();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

const start = (more: Record<string, unknown> = {}) =>
  server.call("start_optimization", {
    dataset: "refunds",
    target: "agent.yaml",
    prompts: ["system=support@production"],
    judges: ["exact_match"],
    ...JSON.parse(JSON.stringify(more)),
  });

it("a dry run tells what a campaign costs and could show, and runs nothing", async () => {
  const answer = await start({ dryRun: true, maxCalls: 2000 });
  expect(answer).toMatchObject({ dryRun: true, proposer: "assistant", callsOfCase: 1 });
  expect(rowsOf(answer["cases"]).map(({ part }) => part)).toContain("final look at the holdout");
  expect(String(answer["smallestImprovement"])).toMatch(/about 0\.\d+ of the pass rate/);
  expect((await server.call("list_records", { kind: "optimization" }))["page"]).toMatchObject({ total: 0 });
  await expect(
    server.fail("start_optimization", {
      dataset: "refunds",
      target: "agent.yaml",
      prompts: ["system=support"],
      judges: ["exact_match"],
      maxCalls: 20,
    }),
  ).resolves.toMatch(/^refused: This budget holds 20 cases, and a campaign takes at least \d+/);
});

it("a holdout that asks what the search asks is told before and after the look", async () => {
  const alike = makeQuestions(80).map((question, i) => ({
    ...question,
    id: `alike${i}`,
    inputs: { topic: "books", question: `May I send back, please, the books that I bought on day ${i}?` },
  }));
  await server.call("save_dataset", { name: "alike", examples: alike });
  const dry = await start({ dataset: "alike", dryRun: true });
  expect(dry["holdoutIsLikeTheSearch"]).toMatch(/^(\d+) of \1 sealed examples ask nearly what/);
  expect(await start({ dryRun: true })).not.toHaveProperty("holdoutIsLikeTheSearch");
  const started = await start({ dataset: "alike", maxCalls: 2_000 });
  const optimization = String(started["optimization"]);
  await server.call("try_candidate", {
    optimization,
    components: { system: `${SEED}\nbooks: 30 days` },
    hypothesis: "the policy for books was missing",
  });
  const found = await finish(server, optimization);
  expect(found["limits"]).toContainEqual(dry["holdoutIsLikeTheSearch"]);
});

const refused = (more: Record<string, unknown>) =>
  server.fail("start_optimization", {
    dataset: "refunds",
    target: "agent.yaml",
    prompts: ["system=support"],
    judges: ["exact_match"],
    dryRun: true,
    ...JSON.parse(JSON.stringify(more)),
  });

it("frontier, stop rules and judges of a later watch can be chosen, and are checked before anything is spent", async () => {
  const search = { frontier: "objective", patience: 4, targetScore: 0.9, minibatch: 5 };
  const chosen = await start({ dryRun: true, objectives: ["length"], search, watchJudges: ["no_refusal"] });
  expect(chosen).toMatchObject({ search, watchJudges: ["no_refusal"] });
  expect(await start({ dryRun: true, objectives: ["length"], search: { patience: 4 } })).toMatchObject({
    search: { frontier: "both", patience: 4, targetScore: null, minibatch: 3 },
  });
  expect(await refused({ search: { frontier: "both" } })).toMatch(
    /^invalid_input: A frontier by both needs objectives/,
  );
  expect(await refused({ search: { patiense: 4 } })).toMatch(/^invalid_input: .*patiense/);
  expect(await refused({ search: { targetScore: 90 } })).toMatch(/^invalid_input: .*search\.targetScore/);
  expect(await refused({ watchJudges: ["no_such_judge"] })).toContain("no_such_judge");
  expect(await refused({ watchJudges: ["preference"] })).toMatch(
    /^invalid_input: Judge preference judges a pair/,
  );
});

it("a prompt's own settings limit every version of it", async () => {
  const limited = { maxLength: 60, preserve: ["shop assistant"] };
  const text = "You are a shop assistant.";
  await server.call("save_prompt", { name: "brief", text, settings: { optimize: limited } });
  expect(await start({ prompts: ["system=brief"], dryRun: true })).toMatchObject({
    components: [{ name: "system", characters: 25, maxLength: 60, preserved: 1 }],
  });
  const id = String((await start({ prompts: ["system=brief"] }))["optimization"]);
  const attempt = (system: string) =>
    server.call("try_candidate", { optimization: id, components: { system }, hypothesis: "it helps" });
  const long = await attempt(`${text}\n${RULES.map((rule) => `${rule}: 30 days`).join("\n")}`);
  expect(long).toMatchObject({ decision: "rejected", reason: "guard" });
  expect(String(long["detail"])).toContain("may have 60");
  const lost = await attempt("You sell.\nbooks: 30 days");
  expect(lost).toMatchObject({ decision: "rejected", reason: "guard" });
  expect(String(lost["detail"])).toContain('lacks what must be kept: "shop assistant"');

  const save = (name: string, optimize: JsonObject) =>
    server.call("save_prompt", { name, text, settings: { optimize } });
  await save("odd", { maxLength: "60", keep: [] });
  const odd = await refused({ prompts: ["system=odd"] });
  expect(odd).toMatch(/^invalid_input: "maxLength".*unknown argument "keep"/);
  expect(odd).toContain("settings.optimize of prompt odd@1 takes: maxLength");
  await save("absent", { preserve: ["shop", "Acme"] });
  expect(await refused({ prompts: ["system=absent"] })).toMatch(
    /^invalid_input: settings\.optimize of prompt absent@1: preserve\[1\] is not in the prompt's own text/,
  );
});

it("an assistant proposes, is told what the gate says, and ends with a verdict and a proposal", async () => {
  const started = await start({ watchJudges: ["no_refusal"] });
  const id = String(started["optimization"]);
  expect(started).toMatchObject({ state: "waiting", hint: expect.stringContaining("try_candidate") });
  const order = await server.call("get_tasks", { jobId: String(started["jobId"]) });
  expect(JSON.stringify(order).length).toBeLessThan(8_000);
  const item = String(rowsOf(untrustedOf(order)["tasks"])[0]?.["item"]);
  expect(item).toContain("I do not know.");
  expect(item).toContain("{{brand}}");

  const bad = await server.call("try_candidate", {
    optimization: id,
    components: { system: "No variable any more" },
    hypothesis: "shorter",
  });
  expect(bad).toMatchObject({ decision: "rejected", reason: "guard" });
  expect(String(bad["detail"])).toContain("brand");
  expect(
    await server.fail("try_candidate", {
      optimization: id,
      components: { tone: "x" },
      hypothesis: "h",
    }),
  ).toMatch(/^invalid_input: The campaign has no text "tone"/);

  const useless = await server.call("try_candidate", {
    optimization: id,
    components: { system: `${SEED}\nBe kind.` },
    hypothesis: "kindness helps",
  });
  expect(useless).toMatchObject({ decision: "rejected", reason: "no_gain_on_minibatch" });
  // What it says to call next is there, also while the order is still being made.
  expect(await server.call("get_tasks", { jobId: String(started["jobId"]) })).toMatchObject({ open: 1 });
  const good = await server.call("try_candidate", {
    optimization: id,
    components: { system: RULED },
    hypothesis: "the policies were missing",
  });
  expect(good).toMatchObject({ decision: "accepted", candidate: 1 });
  // Racing: it could not lose any more, so the rest of the validation was not looked at.
  expect(good["validationSoFar"]).toMatch(ALL_RIGHT_SO_FAR);

  const dataset = await server.call("get_record", { kind: "dataset", id: "refunds", maxTokens: 20_000 });
  const train = rowsOf(untrustedOf(dataset)["examples"]).flatMap((row) =>
    row["split"] === "train" ? [row["id"]] : [],
  );
  const { gained } = z.object({ gained: z.array(z.string()) }).parse(good["trainFlips"]);
  expect(gained.length).toBeGreaterThan(0);
  // Of validation examples a proposer learns no more than means.
  expect(gained.filter((one) => !train.includes(one))).toEqual([]);

  const finished = await finish(server, id);
  expect(finished).toMatchObject({ optimization: id, candidate: 1, state: "done" });
  const { proposal: proposalId, ...found } = finished;
  expect(found).toMatchObject({ verdict: "better", look: 1 });
  // The same look again is not another one.
  expect(await finish(server, id)).toMatchObject({ ...found, proposal: proposalId ?? "" });

  const proposal = await server.call("get_record", { kind: "proposal", id: String(proposalId) });
  expect(proposal).toMatchObject({ status: "pending", verdict: "better", look: 1 });
  expect(proposal).toMatchObject({ watchJudges: ["no_refusal"] });
  expect(JSON.stringify(untrustedOf(proposal)["diffs"])).toContain("+books: 30 days");
  const record = await server.call("get_record", { kind: "optimization", id });
  expect(record).toMatchObject({ state: "ended" });
  expect(JSON.stringify(untrustedOf(record)["rejected"])).toContain("no_gain_on_minibatch");

  const dry = await server.call("apply_proposal", { proposal: String(proposalId), dryRun: true });
  expect(JSON.stringify(dry)).toContain("a new version");
  const other = { proposal: String(proposalId), dryRun: true, watchJudges: ["exact_match"] };
  expect(await server.call("apply_proposal", other)).toMatchObject({ watch: ["exact_match"] });
  const applied = await server.call("apply_proposal", { proposal: String(proposalId) });
  expect(applied).toMatchObject({ status: "applied", watch: ["no_refusal"] });
  expect(rowsOf(applied["prompts"])).toMatchObject([{ alias: "production", file: "support.md changed" }]);
  const now = await server.call("get_record", { kind: "prompt", id: "support@production" });
  expect(JSON.stringify(now)).toContain("books: 30 days");
  expect(readFileSync(linked, "utf8")).toBe(RULED);
  const served = await fetch(`${server.httpUrl}/p/test/v1/prompts/support@production`);
  expect(await served.json()).toMatchObject({ version: 2, template: RULED });
  expect(await server.fail("apply_proposal", { proposal: String(proposalId) })).toMatch(/^conflict/);
  await server.call("apply_proposal", {
    proposal: String(proposalId),
    action: "rollback",
    reason: "worse live",
  });
  const back = await server.call("get_record", { kind: "prompt", id: "support@production" });
  expect(JSON.stringify(back)).not.toContain("books: 30 days");
  expect(readFileSync(linked, "utf8")).toBe(SEED);
});

it("the working tree is a candidate, tried from a snapshot; its proposal is a patch that can be taken back", async () => {
  const started = await start({ prompts: [], code: true });
  const id = String(started["optimization"]);
  const file = join(repository, "policy.mjs");
  const before = readFileSync(file, "utf8");
  const order = JSON.stringify(await server.call("get_tasks", { jobId: String(started["jobId"]) }));
  const shown = [...order.matchAll(/Customer \d+ asks about \w+/g)].map(([question]) => question);
  expect(shown.length).toBeGreaterThan(0);
  writeFileSync(file, `${before}// ${shown.join("\n// ")}\n`);
  const copied = await server.call("try_candidate", {
    optimization: id,
    workingTree: true,
    hypothesis: "by heart",
  });
  expect(copied).toMatchObject({ decision: "rejected" });
  expect(String(copied["reason"])).toMatch(/the files (copy|hold) \d+ words/);
  writeFileSync(file, `export const policy = { ${RULES.map((rule) => `${rule}: 30`).join(", ")} };\n`);
  const tried = await server.call("try_candidate", {
    optimization: id,
    workingTree: true,
    hypothesis: "the table was empty",
  });
  expect(tried).toMatchObject({ decision: "accepted" });
  expect(tried["validationSoFar"]).toMatch(ALL_RIGHT_SO_FAR);
  writeFileSync(file, before);
  const found = await finish(server, id);
  // The second campaign with the same sealed examples is held to a stricter level.
  expect(found).toMatchObject({ verdict: "better", look: 2 });
  const proposal = String(found["proposal"]);
  expect(await server.call("apply_proposal", { proposal })).toMatchObject({ status: "applied" });
  expect(readFileSync(file, "utf8")).toContain("books: 30");
  await server.call("apply_proposal", { proposal, action: "rollback" });
  expect(readFileSync(file, "utf8")).toBe(before);
  await vi.waitFor(() => expect(jobProcesses(home.path).filter(isAlive)).toEqual([]), { timeout: 10_000 });
});

/** Of the jobs that have ended, as their log names them. */
const jobProcesses = (folder: string): number[] =>
  readFileSync(join(folder, "jobs.log"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).pid);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
