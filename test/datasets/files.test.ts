import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
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

const home = temporaryHome();
let server: Attached;

beforeAll(async () => {
  server = await attach({ home: home.path });
});

afterAll(async () => {
  await server.close();
  home.remove();
});

function file(name: string, content: string | Buffer): string {
  const path = join(home.path, name);
  writeFileSync(path, content);
  return path;
}

const save = (name: string, path: string, more: JsonObject = {}) =>
  server.call("save_dataset", { name, path, holdout: false, ...more });

async function exampleOf(dataset: string, exampleId: string): Promise<JsonObject> {
  const answer = await server.call("get_record", { kind: "dataset", id: dataset, exampleId });
  const example = untrustedOf(answer)["example"];
  if (!isJsonObject(example ?? null)) throw new Error("no example");
  return JSON.parse(JSON.stringify(example));
}

const versionsOf = async (name: string): Promise<number> => {
  const listed = await server.call("list_records", { kind: "dataset", name });
  return rowsOf(untrustedOf(listed)["datasets"]).length;
};

describe("a CSV file", () => {
  it("keeps quoted newlines, quotes and delimiters, with a byte order mark, CRLF and semicolons", async () => {
    const path = file(
      "quoted.csv",
      '\uFEFFid;question;expected;tags.topic\r\na;"Two\r\nlines; and ""quotes""";"x;y";billing\r\n\r\nb;5" pipe, please;ok;\r\n',
    );
    const saved = await save("quoted", path);
    expect(saved).toMatchObject({ counts: { examples: 2 } });
    expect(saved).not.toHaveProperty("skippedRows");
    expect(await exampleOf("quoted", "a")).toMatchObject({
      inputs: { question: 'Two\nlines; and "quotes"' },
      expectations: { answer: "x;y" },
      tags: { topic: "billing" },
    });
    expect(await exampleOf("quoted", "b")).toMatchObject({
      inputs: { question: '5" pipe, please' },
      tags: {},
    });
  });

  it("a delimiter inside the header's quotes is none", async () => {
    const saved = await save("header", file("header.csv", '"city; or town",question\nUlm,Where?\n'));
    expect(untrustedOf(saved)["columns"]).toEqual({ inputs: ["question"], unused: ["city; or town"] });
  });

  it("columns are mapped to inputs, expectations and the group; what goes nowhere is named and counted", async () => {
    const rows = ["ticket,customer,said,wanted,question,priority"];
    for (let i = 0; i < 40; i += 1) rows.push(`t${i},c${i % 4},Say ${i},Done ${i},ignored ${i},high`);
    const saved = await save("mapped", file("mapped.csv", rows.join("\n")), {
      inputColumns: ["said"],
      expectationColumns: ["wanted", "question"],
      groupColumn: "customer",
    });
    expect(untrustedOf(saved)["columns"]).toEqual({
      inputs: ["said"],
      expectations: ["wanted", "question"],
      own: ["customer"],
      unused: ["ticket", "priority"],
    });
    expect(saved["omitted"]).toContainEqual(
      expect.objectContaining({ kind: "columns of the file", count: 2 }),
    );
    const record = await server.call("get_record", { kind: "dataset", id: "mapped", maxTokens: 20_000 });
    const examples = rowsOf(untrustedOf(record)["examples"]);
    expect(examples).toHaveLength(40);
    const splits = new Map<string, Set<Json>>();
    for (const { asks, split } of examples) {
      const customer = String(Number(/\d+/.exec(String(asks))?.[0]) % 4);
      splits.set(customer, (splits.get(customer) ?? new Set()).add(split ?? null));
    }
    // One customer's examples are never parted.
    expect([...splits.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1]);
    const whole = await exampleOf("mapped", String(examples[0]?.["id"]));
    expect(whole).toMatchObject({
      inputs: { said: "Say 0" },
      expectations: { wanted: "Done 0", question: "ignored 0" },
    });
  });

  it("bad rows are told by their lines, and the others are saved", async () => {
    const path = file(
      "bad.csv",
      'question,answer\nOne?,1\n"Two\nlines?",2,surplus\n,4\nFive?\nSix?,6,surplus,more\nSeven?,7\n',
    );
    expect(await save("bad", path)).toMatchObject({
      counts: { examples: 3 },
      skippedRows: [
        { why: "more fields than the header has columns", count: 2, lines: [3, 7] },
        { why: "no inputs", count: 1, lines: [5] },
      ],
      shortRows: { count: 1, lines: [6] },
    });
  });

  it("100,000 rows are one version, each kept", { timeout: 240_000 }, async () => {
    const lines = Array.from(
      { length: 100_000 },
      (_, i) => `${i},"Question\nnumber ${i} of ${i * 7}",Answer ${i}`,
    );
    const path = file("large.csv", ["id,question,answer", ...lines, "bad,x,y,z"].join("\n"));
    const evalwright = (...args: string[]) =>
      run([serverEntry, "call", ...args, "-p", "test", "--json"], bareEnv(home.path));
    const saved = await evalwright("save_dataset", "name=large", `path=${path}`, "holdout=false");
    expect(JSON.parse(saved.stdout || saved.stderr)).toMatchObject({
      counts: { examples: 100_000 },
      skippedRows: [{ count: 1, lines: [200_002] }],
    });
    const last = await evalwright("get_record", "kind=dataset", "id=large", 'exampleId="99999"');
    expect(JSON.parse(last.stdout || last.stderr)).toMatchObject({
      untrusted: {
        example: {
          inputs: { question: "Question\nnumber 99999 of 699993" },
          expectations: { answer: "Answer 99999" },
        },
      },
    });
  });

  it("the same file again is the same version", async () => {
    const path = file("again.csv", "id,question,group\na,One?,x\nb,Two?,y\n,Two?,y\n");
    await save("again", path);
    expect(await save("again", path)).toMatchObject({
      dataset: "again@1",
      unchanged: expect.any(String),
      changes: { added: 0, replaced: 0, unchanged: 3 },
    });
  });
});

describe("a JSON file", () => {
  const ROWS = [
    { id: "a", inputs: { message: "One" }, expectations: { answer: "1" } },
    { id: "b", inputs: { message: "Two" }, expectations: { facts: ["two"] } },
  ];

  it.each([
    ["list.json", JSON.stringify(ROWS)],
    ["marked.json", `\uFEFF${JSON.stringify(ROWS, null, 2)}`],
    ["wrapped.json", `{"examples": [\n${ROWS.map((row) => JSON.stringify(row)).join(",\n")}\n]}`],
    ["lines.jsonl", ROWS.map((row) => JSON.stringify(row)).join("\n")],
    ["marked.jsonl", `\uFEFF${ROWS.map((row) => JSON.stringify(row)).join("\r\n")}\r\n`],
    ["unnamed", ROWS.map((row) => JSON.stringify(row)).join("\n")],
    ["packed.jsonl.gz", gzipSync(ROWS.map((row) => JSON.stringify(row)).join("\n"))],
  ])("%s gives its examples", async (name, content) => {
    const dataset = name.replaceAll(".", "-");
    expect(await save(dataset, file(name, content))).toMatchObject({ counts: { examples: 2 } });
    expect(await exampleOf(dataset, "b")).toMatchObject(ROWS[1] ?? {});
  });

  it("bad rows are told by lines of JSONL, also when the first is one, and by items of a list", async () => {
    const long = JSON.stringify({ inputs: { message: "long ".repeat(40_000) } });
    const lines = file(
      "rows.txt",
      ['{"inputs": {"message": "cut of', '{"inputs": {"m": 1}}', "", "7", '{"note": ""}', long].join("\n"),
    );
    expect(await save("rows", lines, { maxTokens: 2_000 })).toMatchObject({
      counts: { examples: 2 },
      skippedRows: [
        { why: "not valid JSON", count: 1, lines: [1] },
        { why: "not a row of fields", count: 1, lines: [4] },
        { why: "no inputs", count: 1, lines: [5] },
      ],
    });
    const longFirst = file("long.txt", [long, '{"inputs": {"m": 1}}'].join("\n"));
    expect(await save("long", longFirst, { maxTokens: 2_000 })).toMatchObject({ counts: { examples: 2 } });
    const list = file("items.json", JSON.stringify([{ question: "One?" }, "two", null, { question: "" }]));
    expect(await save("items", list)).toMatchObject({
      counts: { examples: 1 },
      skippedRows: [
        { why: "not a row of fields", count: 2, items: [2, 3] },
        { why: "no inputs", count: 1, items: [4] },
      ],
    });
  });
});

describe("a file that cannot be taken whole leaves nothing", () => {
  const GOOD = "question,answer\n".concat("One?,1\n".repeat(2_000));

  it.each<[string, () => string, RegExp]>([
    ["no such file", () => join(home.path, "nowhere.csv"), /no such file or folder/],
    ["a folder", () => home.path, /it is a folder/],
    ["binary junk", () => file("junk.csv", Buffer.from([0x50, 0x4b, 3, 4, 10, 0, 0, 255])), /binary: line 2/],
    ["UTF-16", () => file("wide.csv", Buffer.from("\uFEFFquestion,answer", "utf16le")), /is UTF-16.*UTF-8/],
    [
      "Latin-1",
      () => file("latin.csv", Buffer.from(`${GOOD}Größe?,1\n`, "latin1")),
      /not UTF-8 at or near line 2002/,
    ],
    [
      "an open quote",
      () => file("open.csv", `${GOOD}"Two?,2\nThree?,3\n`),
      /from line 2002 on: a quote is not closed/,
    ],
    [
      "two equal columns",
      () => file("twice.csv", "answer,question,answer\n1,2,3\n"),
      /Columns 1 and 3 .* same name/,
    ],
    ["broken JSON", () => file("broken.json", '[\n{"inputs": 1},\n{"inputs" 2}\n]'), /at or before line 3/],
    ["JSON that ends early", () => file("short.json", '[\n{"inputs": 1},\n{"inp'), /at or before line 3/],
    ["gzip that ends early", () => file("short.gz", gzipSync(GOOD).subarray(0, 60)), /gzip data ends early/],
    ["a header alone", () => file("header-alone.csv", "question,answer\n"), /holds no example/],
    ["nothing", () => file("empty.csv", ""), /holds no example/],
    ["rows without inputs", () => file("hollow.jsonl", '{"answer": 1}\n{"answer": 2}'), /no inputs.*\[1,2\]/],
  ])("%s", async (_, path, why) => {
    await server.call("save_dataset", {
      name: "kept",
      examples: [{ inputs: { m: "kept" } }],
      holdout: false,
    });
    const message = await server.fail("save_dataset", { name: "kept", path: path(), holdout: false });
    expect(message).toMatch(/^invalid_input: /);
    expect(message).toMatch(why);
    expect(await versionsOf("kept")).toBe(1);
  });

  it.each([
    [{ inputColumns: ["question", "quest"] }, '"quest"'],
    [{ expectationColumns: ["Answer"] }, '"Answer"'],
    [{ groupColumn: "customer" }, '"customer"'],
  ])("a column that is named and is not there: %j", async (more, named) => {
    const path = file("columns.csv", "question,answer\nOne?,1\n");
    const message = await server.fail("save_dataset", { name: "columns", path, ...more });
    expect(message).toMatch(/^invalid_input: The file has no column /);
    expect(message).toContain(named);
    expect(await versionsOf("columns")).toBe(0);
    const dry = await server.call("save_dataset", { name: "columns", path, dryRun: true });
    expect(untrustedOf(dry)["columns"]).toEqual({ inputs: ["question"], expectations: ["answer"] });
  });

  it.runIf(process.platform === "linux")("what the system cannot read", async () => {
    const message = await server.fail("save_dataset", { name: "unread", path: "/proc/self/mem" });
    expect(message).toMatch(/^invalid_input: The dataset file cannot be read: the disk could not be read/);
  });

  it("what this user may not read", async ({ skip }) => {
    // Root may read everything: then somebody else asks, who may not enter the folder of this run's files.
    const isRoot = process.getuid?.() === 0;
    const open = mkdtempSync(join(isRoot ? "/tmp" : tmpdir(), "evalwright-unread-"));
    onTestFinished(() => rmSync(open, { recursive: true, force: true }));
    const path = join(open, "closed.csv");
    writeFileSync(path, GOOD, { mode: 0 });
    if (isRoot) chmodSync(open, 0o777);
    const ended = spawnSync(
      process.execPath,
      [serverEntry, "dataset", "save", "unread", path, "-p", "test"],
      {
        env: bareEnv(join(open, "home")),
        cwd: open,
        encoding: "utf8",
        ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
      },
    );
    skip(
      ended.error !== undefined || /MODULE_NOT_FOUND|EACCES/.test(ended.stderr),
      "nobody else may run this",
    );
    expect(ended.stderr).toMatch(/^invalid_input: The dataset file cannot be read: no permission to read it/);
  });
});
