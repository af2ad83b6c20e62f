import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";
import {
  type Attached,
  attach,
  bareEnv,
  rowsOf,
  run,
  serverEntry,
  temporaryHome,
  untrustedOf,
} from "../server/harness.ts";
import { HOSTILE_TEXTS } from "../test-files/hostile-texts.ts";

const home = temporaryHome();
let server: Attached;
/** Another process on the same store. */
let second: Attached;

const evalwright = (...args: string[]) => run([serverEntry, ...args], bareEnv(home.path));

beforeAll(async () => {
  server = await attach({ home: home.path });
  second = await attach({ home: home.path });
});

afterAll(async () => {
  await Promise.all([server.close(), second.close()]);
  home.remove();
});

const save = (name: string, examples: readonly JsonObject[], more: JsonObject = {}) =>
  server.call("save_dataset", { name, examples: [...examples], holdout: false, ...more });

describe("an export", () => {
  /** The same text in each place where there can be one. */
  const everywhere = (text: string, i: number): JsonObject => ({
    id: `text-${i}`,
    inputs: { message: text, deep: [text, { in: text }] },
    messages: [
      { role: "user", parts: [{ type: "text", text }] },
      { role: "assistant", parts: [{ type: "tool_call", id: "c", name: "look", arguments: { at: text } }] },
      { role: "tool", parts: [{ type: "tool_result", id: "c", name: null, result: text }] },
    ],
    turns: [text, "and then?"],
    expectations: { answer: text, facts: [text], "own name": { in: text } },
    tags: { topic: text },
    role: i % 2 === 0 ? "failing" : "passing",
    ...(i % 3 === 0 ? { group: `customer ${i % 4}` } : {}),
    recorded: text,
  });

  it.each(["test", "elsewhere"])(
    "reads back as what it was, also in a project called %s",
    async (project) => {
      const examples = HOSTILE_TEXTS.filter((text) => text.trim() !== "").map(everywhere);
      await save("hostile", [...examples, { inputs: "a text alone", synthetic: true }], { maxTokens: 300 });
      const path = join(home.path, `${project}.jsonl`);
      const exported = await evalwright("dataset", "export", "hostile", "--out", path, "-p", "test");
      expect(exported.stderr).toContain(`${examples.length + 1} examples of hostile@1`);
      const args = ["name=copy", `path=${path}`, "holdout=false", "-p", project, "--json"];
      const copied = await evalwright("call", "save_dataset", ...args);
      expect(JSON.parse(copied.stdout || copied.stderr)).toMatchObject({
        counts: { examples: examples.length + 1, synthetic: 1 },
      });
      const back = await evalwright("dataset", "export", "copy", "-p", project);
      const first = await evalwright("dataset", "export", "hostile", "-p", "test");
      expect(back.stdout.split("\n")).toEqual(first.stdout.split("\n"));
      if (project !== "test") return;
      // Into the dataset it came from it changes nothing.
      expect(
        await server.call("save_dataset", { name: "hostile", path, holdout: false, maxTokens: 300 }),
      ).toMatchObject({
        dataset: "hostile@1",
        unchanged: expect.any(String),
      });
    },
  );

  it("texts of JSON that look like JSON stay texts; cells of CSV that hold JSON are that JSON", async () => {
    const lines = join(home.path, "json-texts.jsonl");
    writeFileSync(lines, JSON.stringify({ id: "a", inputs: "[1, 2]", expectations: { answer: '{"a": 1}' } }));
    await server.call("save_dataset", { name: "texts", path: lines });
    const cells = join(home.path, "json-cells.csv");
    writeFileSync(cells, 'id,inputs,answer\na,"{""order"": 7}","[1, 2]"\n');
    await server.call("save_dataset", { name: "cells", path: cells });
    const exampleOf = async (id: string) =>
      untrustedOf(await server.call("get_record", { kind: "dataset", id, exampleId: "a" }))["example"];
    expect(await exampleOf("texts")).toMatchObject({
      inputs: "[1, 2]",
      expectations: { answer: '{"a": 1}' },
    });
    expect(await exampleOf("cells")).toMatchObject({
      inputs: { order: 7 },
      expectations: { answer: [1, 2] },
    });
  });

  it("messages in no form that is known are refused, not left out", async () => {
    const examples = [{ inputs: { m: "x" }, messages: [{ speaker: "user", says: "hello" }] }];
    expect(await server.fail("save_dataset", { name: "unread", examples })).toMatch(
      /^invalid_input: examples\[0\] is no example: messages in no form that is known/,
    );
  });
});

describe("a version", () => {
  const one = { id: "one", inputs: { message: "One?" }, expectations: { answer: "1", facts: ["first"] } };
  const two = { id: "two", inputs: { message: "Two?" } };

  it("is made by an edit, a removal and an addition, and by nothing else", async () => {
    await save("edited", [one, two]);
    expect(await save("edited", [one])).toMatchObject({ dataset: "edited@1", changes: { unchanged: 1 } });
    const edit = [
      { id: "one", expectations: { answer: "uno", facts: null, guidelines: "Be short; be kind" } },
    ];
    const edited = await server.call("save_dataset", { name: "edited", edit, note: "as Ada said" });
    expect(edited).toMatchObject({ dataset: "edited@2", changes: { edited: 1, added: 0 } });
    const record = await server.call("get_record", { kind: "dataset", id: "edited", exampleId: "one" });
    expect(untrustedOf(record)["example"]).toMatchObject({
      expectations: { answer: "uno", guidelines: ["Be short", "be kind"] },
    });
    await server.call("save_dataset", { name: "edited", remove: ["two"] });
    const diff = await server.call("get_record", { kind: "dataset", id: "edited@3", compareTo: "edited@1" });
    expect(rowsOf(untrustedOf(diff)["differences"])).toEqual([
      { id: "two", what: "removed", fields: "" },
      { id: "one", what: "changed", fields: "expectations" },
    ]);
    // Earlier versions stay what they were.
    const first = await server.call("get_record", { kind: "dataset", id: "edited@1", exampleId: "one" });
    expect(untrustedOf(first)["example"]).toMatchObject({ expectations: { answer: "1", facts: ["first"] } });
  });

  it("of a call that is wrong is none, and its groups have no split from it", async () => {
    await save("kept", [one]);
    const wrong = {
      name: "kept",
      examples: [{ inputs: { message: "A question of a wrong call, long enough." } }],
    };
    expect(
      await server.fail("save_dataset", { ...wrong, edit: [{ id: "nobody", expectations: {} }] }),
    ).toMatch(/^not_found: No example "nobody"/);
    expect(await server.fail("save_dataset", { ...wrong, remove: ["nobody"] })).toMatch(/^not_found/);
    const listed = await server.call("list_records", { kind: "dataset", name: "kept" });
    expect(listed["page"]).toMatchObject({ returned: 1 });
  });

  it("of the same key is the first one, and other arguments with it are a conflict", async () => {
    const idempotencyKey = "k1";
    const first = await save("keyed", [one], { idempotencyKey });
    expect(await save("keyed", [one], { idempotencyKey })).toMatchObject({
      dataset: first["dataset"] ?? null,
    });
    const other = { name: "keyed", examples: [two], holdout: false, idempotencyKey };
    expect(await server.fail("save_dataset", other)).toMatch(/^idempotency_conflict: /);
  });

  it("loses nothing of what two processes save at the same time", async () => {
    await Promise.all(
      Array.from({ length: 24 }, (_, i) =>
        (i % 2 === 0 ? server : second).call("save_dataset", {
          name: "race",
          examples: [{ id: `e${i}`, inputs: { message: `Question ${i} of many that come at once` } }],
          holdout: false,
        }),
      ),
    );
    const record = await server.call("get_record", { kind: "dataset", id: "race" });
    expect(record).toMatchObject({ dataset: "race@24", counts: { examples: 24 } });
  });
});

describe("examples that are invented", () => {
  const madeUp = (topic: string, mood: string, i: number): JsonObject => ({
    id: `${topic}-${mood}-${i}`,
    inputs: { message: `${topic} ${mood} ${i} says somebody who does not exist` },
    expectations: { answer: i === 0 ? "Yes." : "No." },
    tags: { topic, mood },
    recorded: "Yes.",
  });
  const rows = [
    madeUp("refund", "angry", 0),
    madeUp("refund", "angry", 1),
    madeUp("refund", "calm", 0),
    madeUp("parcel", "calm", 1),
  ];

  it("show where there are none yet, and are told apart in the results of an evaluation", async () => {
    const real = {
      inputs: { message: "A question that was asked" },
      expectations: { answer: "Yes." },
      recorded: "Yes.",
    };
    await save("mixed", [real]);
    const saved = await save("mixed", rows, { synthetic: true });
    expect(saved).toMatchObject({ counts: { examples: 5, synthetic: 4 } });
    expect(untrustedOf(saved)["syntheticCoverage"]).toEqual({
      columns: ["mood \\ topic", "parcel", "refund"],
      rows: [
        ["angry", 0, 2],
        ["calm", 1, 1],
      ],
    });
    const ran = await server.call("run_evaluation", {
      dataset: "mixed",
      target: "recorded",
      judges: ["exact_match"],
    });
    const record = await server.call("get_record", {
      kind: "evaluation",
      id: String(ran["evaluation"]),
      maxTokens: 20_000,
    });
    const apart = rowsOf(record["byOrigin"]).map((row) => [row["examples that are"], row["n"], row["mean"]]);
    expect(apart.sort()).toEqual([
      ["observed or imported", 1, 1],
      ["synthetic", 4, 0.5],
    ]);
    expect(record).not.toHaveProperty("invented");
    // The change of an agent is told apart too.
    const again = await server.call("run_evaluation", {
      dataset: "mixed",
      reuse: String(ran["evaluation"]),
      judges: ["exact_match"],
    });
    const compared = await server.call("compare_evaluations", {
      baseline: String(ran["evaluation"]),
      candidate: String(again["evaluation"]),
    });
    const slices = rowsOf(untrustedOf(compared)["slices"] ?? compared["slices"] ?? null);
    expect(slices.map(({ slice, n }) => [slice, n])).toContainEqual(["origin=synthetic", 4]);
    await save("invented", rows, { synthetic: true });
    const invented = await server.call("run_evaluation", {
      dataset: "invented",
      target: "recorded",
      judges: ["exact_match"],
    });
    expect(
      await server.call("get_record", { kind: "evaluation", id: String(invented["evaluation"]) }),
    ).toMatchObject({
      invented: expect.stringContaining("none of this is real use"),
    });
    const listed = rowsOf(untrustedOf(await server.call("list_records", { kind: "dataset" }))["datasets"]);
    expect(listed.find(({ dataset }) => dataset === "mixed@2")).toMatchObject({ synthetic: 4 });
  });
});

describe("the grid of what is invented", () => {
  it("counts each example, also of more values than it has room for", async () => {
    const many = Array.from({ length: 40 }, (_, i) => ({
      inputs: { message: `Invented question number ${i * 31} about something` },
      tags: { topic: `topic ${i < 20 ? i % 2 : i}`, ...(i % 2 === 0 ? { mood: "calm" } : {}) },
    }));
    const saved = await save("wide", many, { synthetic: true, maxTokens: 300 });
    const grid = rowsOf(untrustedOf(saved)["syntheticCoverage"]);
    expect(grid).toHaveLength(12);
    expect(grid.at(-1)).toMatchObject({ "topic \\ mood": "(11 other values)" });
    const cells = grid.flatMap((row) => Object.values(row).filter((value) => typeof value === "number"));
    expect(cells.reduce((sum, count) => sum + count, 0)).toBe(40);
  });
});

describe("near duplicates", () => {
  const ask = (id: string, message: string, more: JsonObject = {}): JsonObject => ({
    id,
    inputs: { message },
    ...more,
  });
  const LONG = "I have ordered a blue lamp three weeks ago and it has still not arrived at my house in Ulm";
  const report = (answer: JsonObject): Json => untrustedOf(answer)["nearDuplicates"] ?? null;

  it("are told with their similarity, and none that differ", async () => {
    const saved = await save("near", [
      ask("a", LONG, { group: "g1" }),
      ask("b", `${LONG}!`, { group: "g2" }),
      ask("c", `${LONG}, please help`, { group: "g3" }),
      ask("d", "I have ordered a green chair and want to send it back"),
      ask("e", "Do you ship abroad?"),
    ]);
    const found = report(saved);
    expect(found).toMatchObject({ pairs: 3 });
    const pairs = isJsonObject(found) && Array.isArray(found["examples"]) ? found["examples"] : [];
    // a and b have the same words; c has two more: 18 of 20 three-word pieces.
    expect(pairs[0]).toEqual(["a", "b", 1]);
    expect(pairs.slice(1)).toEqual([
      ["a", "c", 0.9],
      ["b", "c", 0.9],
    ]);
    expect(
      report(await save("far", [ask("d", "One thing is this"), ask("e", "Another thing is that")])),
    ).toBeNull();
  });

  it("across splits are counted, and a sealed one is not named", async () => {
    const examples = Array.from({ length: 60 }, (_, i) =>
      ask(
        `${i % 2 === 0 ? "x" : "y"}${i >> 1}`,
        `${LONG} ${"abcdefghijklmnopqrstuvwxyzABCD"[i >> 1]?.repeat(6)} and ${(i >> 1) * 977} more words of number ${i >> 1} alone`,
        {
          group: `g${i}`,
        },
      ),
    );
    const saved = await save("sealed", examples, { holdout: true, maxTokens: 3_000 });
    const shown = new Set(
      rowsOf(
        untrustedOf(await server.call("get_record", { kind: "dataset", id: "sealed", maxTokens: 20_000 }))[
          "examples"
        ],
      ).map(({ id }) => String(id)),
    );
    expect(shown.size).toBeLessThan(60);
    const found = report(saved);
    expect(found).toMatchObject({ acrossSplits: expect.any(Number), pairs: expect.any(Number) });
    expect(isJsonObject(found) && Number(found["acrossSplits"])).toBeGreaterThan(0);
    const named = isJsonObject(found) && Array.isArray(found["examples"]) ? found["examples"].flat() : [];
    expect(named.filter((one) => typeof one === "string" && !shown.has(one))).toEqual([]);
  });
});
