import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { resolveJudge } from "../../src/judges/resolve.ts";
import { programRunner } from "../../src/judges/run-program.ts";
import type { Json } from "../../src/model/json.ts";
import type { JudgedItem } from "../../src/model/judged-item.ts";
import { packageRoot } from "../../src/runtime.ts";
import { HOST, newFolder } from "../targets/fixtures.ts";
import { item, options, verdict } from "./item.ts";

/** The verdict of a judge whose program is `text`, run as an evaluation runs it. */
async function judged(
  program: string,
  text: string,
  params: Record<string, Json> = {},
  more: {
    readonly signal?: AbortSignal;
    readonly host?: NodeJS.ProcessEnv;
    readonly threshold?: number;
    readonly item?: Partial<JudgedItem>;
  } = {},
) {
  const root = newFolder({ [program]: text });
  const { signal = new AbortController().signal, host = HOST, threshold } = more;
  const runCommand = programRunner({ root, host, signal });
  const spec = { name: "tone", builtin: "command", params: { program, ...params }, threshold };
  return await verdict(spec, item({ expectations: { answer: "yes" }, ...more.item }), {
    repositoryRoot: root,
    runCommand,
    signal,
  });
}

const printing = (value: Json) => `console.log(${JSON.stringify(JSON.stringify(value))});`;

describe("what a program says", () => {
  it.each<[string, Json, Record<string, Json>, object]>([
    [
      "a value",
      { value: 0.7, rationale: "fine" },
      {},
      { state: "scored", value: 0.7, pass: null, rationale: "fine" },
    ],
    ["a pass", { pass: true }, {}, { state: "scored", value: 1, pass: true }],
    ["a fail", { pass: false }, {}, { state: "scored", value: 0, pass: false }],
    ["both", { value: 0.4, pass: true }, {}, { state: "scored", value: 0.4, pass: true }],
    ["a label", { label: "good" }, { labels: { good: 0.9, bad: 0 } }, { value: 0.9, label: "good" }],
    [
      "a label off the menu",
      { label: "so so" },
      { labels: { good: 1, bad: 0 } },
      { state: "unscored", reason: "off_menu" },
    ],
    [
      "that it cannot tell",
      { cannotTell: true, rationale: "?" },
      {},
      { state: "unscored", reason: "cannot_tell" },
    ],
    ["that it does not apply", { notApplicable: true }, {}, { state: "not_applicable", value: null }],
  ])("%s", async (_, printed, params, expected) => {
    expect(await judged("judge.mjs", printing(printed), params)).toMatchObject(expected);
  });

  it("a threshold of the author's decides over the program's pass", async () => {
    const printed = printing({ value: 0.4, pass: true });
    expect(await judged("judge.mjs", printed, {}, { threshold: 0.5 })).toMatchObject({
      value: 0.4,
      pass: false,
    });
  });

  it.each<[string, string, string]>([
    [
      "another exit code",
      `${printing({ pass: true })} console.error("no key"); process.exit(4);`,
      "the program ended with code 4: no key",
    ],
    ["nothing", "", "the program printed no JSON"],
    ["garbage", 'console.log("all fine, pass: true");', "the program printed no JSON"],
    ["a list", printing([true]), "the program printed no verdict"],
    ["an empty object", printing({}), "the program printed neither a value, nor pass"],
    ["a label alone", printing({ label: "good" }), "the program printed neither a value, nor pass"],
    ["a value out of bounds", printing({ value: 7, pass: true }), "the program printed no verdict"],
    ["a pass that is none", printing({ pass: "yes" }), "the program printed no verdict"],
    ["too much", 'process.stdout.write("x".repeat(300_000));', "the program wrote more than 200000 bytes"],
  ])("%s is an error of the judge", async (_, text, rationale) => {
    const found = await judged("judge.mjs", text);
    expect(found).toMatchObject({ state: "error", reason: "judge_failed", value: null, pass: null });
    expect(found.rationale).toContain(rationale);
  });

  it("reads the last line when progress stands before it", async () => {
    const text = `console.log("loading...\\n100 %"); ${printing({ pass: true })}`;
    expect(await judged("judge.mjs", text)).toMatchObject({ pass: true });
  });
});

describe("the program in docs/judges.md", () => {
  const noPython = spawnSync("python3", ["--version"]).status !== 0;
  const doc = readFileSync(join(packageRoot, "docs", "judges.md"), "utf8");
  const [, program = ""] = /```python\n([\s\S]*?)```/.exec(doc) ?? [];

  it.skipIf(noPython)("judges as written (skipped without python3)", async () => {
    expect(await judged("honest.py", program)).toMatchObject({ pass: true, rationale: "failed: []" });
    const call = { name: "book", arguments: {}, result: "no", isError: true, spanId: null, turn: 1 };
    const lied = { output: "You are all set!", toolCalls: [call] };
    expect(await judged("honest.py", program, {}, { item: lied })).toMatchObject({
      pass: false,
      rationale: "failed: ['book']",
    });
  });
});

describe("how a program is run", () => {
  it("gets the item and the settings, in the repository's root", async () => {
    const text = `
      import { text } from "node:stream/consumers";
      const item = JSON.parse(await text(process.stdin));
      console.log(JSON.stringify({ pass: true, rationale: JSON.stringify([
        item.output, item.expectations, item.run.steps, item.settings, process.cwd().split("/").at(-1).split("-")[0],
      ]) }));`;
    const found = await judged("evals/judge.mjs", text, { settings: { strict: true } });
    expect(JSON.parse(found.rationale ?? "")).toEqual([
      "It has shipped.",
      { answer: "yes" },
      3,
      { strict: true },
      "evalwright",
    ]);
  });

  it.each([
    [
      "judge.py",
      "import json, sys\nprint(json.dumps({'pass': json.load(sys.stdin)['output'] == 'It has shipped.'}))",
    ],
    ["judge.sh", "cat > /dev/null; echo '{\"pass\": true}'"],
    ["judge.ts", "const pass: boolean = true; console.log(JSON.stringify({ pass }));"],
  ])("runs %s by its ending", async (program, text) => {
    expect(await judged(program, text)).toMatchObject({ state: "scored", pass: true });
  });

  it("gets no variable but the minimum and those that it lists", async () => {
    const text = `console.log(JSON.stringify({ pass: true, rationale: [process.env.GIVEN, process.env.SECRET].join() }));`;
    const host = { ...HOST, GIVEN: "a", SECRET: "b" };
    expect(await judged("judge.mjs", text, { env: ["GIVEN"] }, { host })).toMatchObject({ rationale: "a," });
    const missing = await judged("judge.mjs", text, { env: ["NOT_SET_HERE"] }, { host });
    expect(missing).toMatchObject({ state: "error", reason: "judge_failed" });
    expect(missing.rationale).toContain("NOT_SET_HERE");
  });

  it("is ended at its time limit, with what it started", async () => {
    const marker = join(newFolder(), "alive");
    const text = `
      import { spawn } from "node:child_process";
      spawn(process.execPath, ["-e", 'setTimeout(() => require("fs").writeFileSync(${JSON.stringify(marker)}, ""), 2500)']);
      setInterval(() => undefined, 1000);`;
    const found = await judged("judge.mjs", text, { timeoutMs: 1_000 });
    expect(found).toMatchObject({ state: "error", rationale: "the program did not end within 1000 ms" });
    await sleep(2_500);
    expect(existsSync(marker)).toBe(false);
  });

  it("is ended when the evaluation is stopped, without a verdict", async () => {
    const controller = new AbortController();
    const started = judged(
      "judge.mjs",
      "setInterval(() => undefined, 1000);",
      {},
      { signal: controller.signal },
    );
    setTimeout(() => controller.abort(new Error("cancelled")), 300);
    await expect(started).rejects.toThrow("cancelled");
  });

  it("is not run where commands are not allowed", async () => {
    const root = newFolder({ "judge.mjs": printing({ pass: true }) });
    const spec = { name: "command", params: { program: "judge.mjs" } };
    expect(await verdict(spec, item(), { repositoryRoot: root })).toMatchObject({
      state: "error",
      reason: "judge_failed",
      rationale: "programs may not be run here",
    });
  });
});

describe("which program", () => {
  const resolve = (root: string, program: string) =>
    resolveJudge({ name: "command", params: { program } }, { ...options, repositoryRoot: root });

  it("is pinned by its file's content", async () => {
    const root = newFolder({ "judge.mjs": printing({ pass: true }) });
    const before = await resolve(root, "judge.mjs");
    expect((await resolve(root, "judge.mjs")).hash).toBe(before.hash);
    writeFileSync(join(root, "judge.mjs"), printing({ pass: false }));
    expect((await resolve(root, "judge.mjs")).hash).not.toBe(before.hash);
  });

  it.each(["../outside.mjs", "/bin/sh", "missing.mjs", "folder", "link.mjs"])(
    "refuses %s",
    async (program) => {
      const root = newFolder({ "folder/judge.mjs": "" });
      symlinkSync("/bin/sh", join(root, "link.mjs"));
      await expect(resolve(root, program)).rejects.toMatchObject({ code: "invalid_input" });
    },
  );
});
