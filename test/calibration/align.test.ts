import { afterEach, expect, it } from "vitest";
import { z } from "zod";
import { cleanRules } from "../../src/calibration/distil.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { hashRandom } from "../../src/statistics/random.ts";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import type { ScriptedRequest } from "../scripted-replies.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import { chat, says, writeChats } from "./fixture.ts";

const COUNT = 90;
/** People want no apologies: a third of the delivered answers has one. The judge does not know. */
const apologises = (i: number) => i % 3 === 0;
const RULE = "An apology makes the work open, whatever else was done.";

let cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const work of cleanUp.toReversed()) await work();
  cleanUp = [];
});

const numbersIn = (text: string): number[] =>
  [...text.matchAll(/answer number (\d+)/g)].map((match) => Number(match[1]));

const isTraining = (i: number): boolean =>
  hashRandom("test", `align:chat-${String(i).padStart(3, "0")}`, 0) < 0.5;

async function prepared(env: Record<string, string>, count = COUNT): Promise<Attached> {
  const home = temporaryHome();
  const server = await attach({ home: home.path, env });
  cleanUp.push(
    async () => home.remove(),
    () => server.close(),
  );
  const chats = Array.from({ length: count }, (_, i) => chat(i, true, apologises(i) ? " Sorry!" : ""));
  await server.call("import_traces", { paths: [writeChats(home.path, chats)] });
  await server.call("save_judge", {
    name: "solved",
    instructions: "Did the agent solve what was asked? {{conversation}}",
    labels: [
      { label: "resolved", means: "it did", value: 1 },
      { label: "open", means: "it did not", value: 0 },
    ],
  });
  await server.call("record_feedback", {
    items: chats.map(({ id }, i) => ({ sessionId: id, name: "solved", value: !apologises(i) })),
    source: "human",
  });
  return server;
}

async function scripted(answer: (request: ScriptedRequest) => string): Promise<ScriptedEndpoint> {
  const endpoint = await startScriptedEndpoint({ answer });
  cleanUp.push(() => endpoint.close());
  return endpoint;
}

const isReflection = ({ text }: ScriptedRequest): boolean => text.includes("Write 1 to 8 rules");

/** Judges as told: of apologies it knows when its rubric says so. */
function judged({ text }: ScriptedRequest): string {
  const item = text.slice(text.lastIndexOf("The item to grade:"));
  return says(text.includes(RULE) && item.includes("Sorry!") ? "open" : "resolved");
}

async function aligned(server: Attached): Promise<JsonObject> {
  let answer = await server.call("calibrate_judge", { judge: "solved", mode: "align" });
  while (answer["state"] === "running")
    answer = await server.call("get_job", { jobId: String(answer["jobId"]), waitSeconds: 20 });
  expect(answer).toMatchObject({ kind: "alignment", state: "done" });
  return untrustedOf(answer);
}

it("learns a rule from one half of the labels and keeps it because the other half says so", async () => {
  const endpoint = await scripted((request) =>
    isReflection(request) ? JSON.stringify({ rules: [RULE] }) : judged(request),
  );
  const server = await prepared(modelEnv(endpoint.url));
  const trained = Array.from({ length: COUNT }, (_, i) => i).filter(isTraining);
  const result = await aligned(server);
  expect(result).toMatchObject({
    verdict: "better",
    kept: "solved@2",
    trainedOn: trained.length,
    rules: [RULE],
    attempt: 1,
  });
  expect(z.object({ after: z.number(), nowWrong: z.number() }).parse(result["heldOut"])).toEqual({
    after: 1,
    nowWrong: 0,
  });

  // What it learnt from, and what it is shown as examples, is of the training side alone.
  const reflections = endpoint.requests.filter(isReflection);
  expect(reflections).toHaveLength(1);
  for (const { text } of reflections) {
    expect(numbersIn(text).length).toBeGreaterThan(5);
    expect(numbersIn(text).every(isTraining)).toBe(true);
  }
  const shown = endpoint.requests.filter(({ text }) => text.includes("[example_1 "));
  expect(shown.length).toBeGreaterThan(COUNT / 3);
  for (const { text } of shown) {
    const [code = ""] = /CODE (\w{8})\./.exec(text)?.slice(1) ?? [];
    const examples = text.slice(text.indexOf("Other items that people"), text.indexOf("The item to grade:"));
    expect(numbersIn(examples).every(isTraining)).toBe(true);
    const own = numbersIn(text.slice(text.indexOf("The item to grade:")))[0];
    expect(numbersIn(examples)).not.toContain(own);
    // Fenced: what they say can neither close its section nor speak for people.
    const closed = examples.split(`[end ${code}]\n\nPeople's label for [example_`);
    expect(closed).toHaveLength(4);
  }

  // Its card is of the held-out labels; a new one leaves out what it was tuned on.
  const card = untrustedOf(await server.call("calibrate_judge", { judge: "solved@2" }));
  expect(card).toMatchObject({
    n: COUNT - trained.length,
    coverage: { labelled: COUNT, tunedOn: trained.length },
  });
  const before = untrustedOf(await server.call("calibrate_judge", { judge: "solved@1" }));
  expect(before).toMatchObject({ n: COUNT, informative: "no" });
  expect(await server.call("get_record", { kind: "judge", id: "solved@2" })).toMatchObject({
    calibration: expect.stringMatching(/^calibrated \(J 1 /),
  });
});

it("keeps nothing that does not help, and counts the attempt", async () => {
  const endpoint = await scripted((request) =>
    isReflection(request) ? JSON.stringify({ rules: ["Prefer short answers."] }) : judged(request),
  );
  const server = await prepared(modelEnv(endpoint.url), 40);
  expect(await aligned(server)).toMatchObject({ verdict: "inconclusive", kept: null, attempt: 1 });
  expect(await aligned(server)).toMatchObject({ verdict: "inconclusive", kept: null, attempt: 2 });
  const list = await server.call("list_records", { kind: "judge", name: "solved" });
  expect(rowsOf(untrustedOf(list)["saved"])).toHaveLength(1);
  expect(await server.fail("calibrate_judge", { judge: "no_refusal", mode: "align" })).toMatch(/no rubric/);
});

it("without an endpoint the assistant judges and writes the rules, in batches of 8 kB", async () => {
  const server = await prepared({}, 60);
  let answer = await server.call("calibrate_judge", { judge: "solved", mode: "align" });
  const kinds = new Set<string>();
  for (let round = 0; round < 120 && answer["state"] !== "done"; round += 1) {
    const jobId = String(answer["jobId"]);
    if (answer["state"] === "waiting") {
      const batch = await server.call("get_tasks", { jobId });
      expect(JSON.stringify(batch).length).toBeLessThan(8_000);
      const rubrics = z.record(z.string(), z.string()).parse(batch["rubrics"] ?? {});
      const labels = z.record(z.string(), z.array(z.string())).parse(batch["labels"] ?? {});
      const answers = rowsOf(untrustedOf(batch)["tasks"] ?? { columns: [], rows: [] }).map((task) => {
        const item = String(task["item"]);
        const rubric = String(task["rubric"]);
        const base = {
          taskId: String(task["taskId"]),
          code: /code (\w+)\]$/.exec(item)?.[1] ?? "",
          rationale: "As I read it.",
        };
        const menu = labels[rubric] ?? [];
        kinds.add(menu.length === 0 ? "rubric" : "verdict");
        if (menu.length === 0) return { ...base, text: JSON.stringify({ rules: [RULE] }) };
        const own = item.slice(item.lastIndexOf("The item to grade:"));
        const open = rubrics[rubric]?.includes(RULE) && own.includes("Sorry!");
        return { ...base, label: menu.includes("open") ? (open ? "open" : "resolved") : (menu[0] ?? "") };
      });
      await server.call("submit_answers", { answers });
    }
    answer = await server.call("get_job", { jobId, waitSeconds: 20 });
  }
  expect(answer).toMatchObject({ state: "done" });
  expect(kinds).toEqual(new Set(["verdict", "rubric"]));
  expect(untrustedOf(answer)).toMatchObject({ verdict: "better", kept: "solved@2", rules: [RULE] });
}, 120_000);

it("a rule that repeats a case's words is no rule", () => {
  const said = "please refund my order of the blue bicycle to my card ending 4242 today";
  expect(
    cleanRules(
      ["Refund my order of the blue bicycle to my card ending 4242", "Refunds need an order."],
      said,
    ),
  ).toEqual({ rules: ["Refunds need an order."], quoting: 1 });
});
