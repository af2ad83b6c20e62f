import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bareEnv, freePort, run, serverEntry, temporaryHome } from "../server/harness.ts";

const home = temporaryHome();
const folder = join(home.path, "work");
const cli = (...args: string[]) => run([serverEntry, ...args], bareEnv(home.path), folder);

const chat = (id: string, answer: string) =>
  JSON.stringify({
    session_id: id,
    messages: [
      { role: "user", content: "Where is my order?" },
      { role: "assistant", content: answer },
    ],
  });

beforeAll(() => {
  mkdirSync(folder);
  writeFileSync(
    join(folder, "chats.jsonl"),
    `${chat("a", "On its way.")}\n${chat("b", "Secret answer 4711.")}\n`,
  );
});
afterAll(() => home.remove());

describe("evalwright import", () => {
  it("reports what it took; again it changes nothing", async () => {
    const first = await cli("import", "-p", "shop", "chats.jsonl");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain("Project shop: 2 traces");
    await cli("import", "-p", "shop", "chats.jsonl");
    const listed = await cli("call", "search_traces", "-p", "shop", "--json");
    expect(JSON.parse(listed.stdout)).toMatchObject({ page: { returned: 2, total: 2 } });
  });

  it("says in one line what is wrong with a path or a file", async () => {
    expect(await cli("import", "nowhere.jsonl")).toMatchObject({ code: 1, stdout: "" });
    writeFileSync(join(folder, "junk.bin"), Buffer.from([0, 255, 1, 254, 7, 7, 7]));
    const junk = await cli("import", "junk.bin");
    expect(junk.code).toBe(1);
    expect(junk.stdout).toMatch(/not recognised|error/);
  });
});

describe("evalwright call", () => {
  it("lists the tools and reads values", async () => {
    expect((await cli("call")).stdout).toContain("search_traces");
    const session = await cli("call", "get_session", "sessionId=a", "-p", "shop");
    expect(session).toMatchObject({ code: 0 });
    expect(session.stdout).toContain("On its way.");
    const one = await cli("call", "import_traces", "paths=/nowhere/at/all", "-p", "shop");
    expect(one.stderr).toMatch(/^invalid_input: 1 of 1 paths do not exist/);
  });

  it("ends with 1 and the tool's own words on a mendable error, with 2 on wrong usage", async () => {
    const digits = await cli("call", "get_session", "sessionId=4711", "-p", "shop");
    expect(digits.stderr).toMatch(/^not_found/);
    const wrong = await cli("call", "search_traces", "filter=stauts = error", "-p", "shop");
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toMatch(/^invalid_input: /);
    expect((await cli("call", "search_trace")).stderr).toMatch(
      /^invalid_input: No tool "search_trace"\. Tools: search_traces/,
    );
    expect((await cli("nonsense")).code).toBe(2);
    expect((await cli("--http-port", "99999")).code).toBe(2);
  });
});

describe("evalwright delete", () => {
  it("shows first, deletes with --yes, and what is deleted stays so", async () => {
    expect(await cli("delete", "-p", "shop")).toMatchObject({ code: 1 });
    const dry = await cli("delete", "-p", "shop", 'session = "b"');
    expect(dry.stdout).toContain("Would delete from project shop: 1 traces");
    expect((await cli("call", "get_session", "sessionId=b", "-p", "shop")).code).toBe(0);
    const real = await cli("delete", "-p", "shop", 'session = "b"', "--yes");
    expect(real.stdout.replace("Deleted", "Would delete")).toBe(dry.stdout.split("\n")[0]?.concat("\n"));
    expect((await cli("call", "get_session", "sessionId=b", "-p", "shop")).stderr).toMatch(/^not_found/);
    await cli("import", "-p", "shop", "chats.jsonl");
    expect(
      (await cli("call", "search_traces", "-p", "shop", 'filter=text ~ "4711"', "--json")).stdout,
    ).toContain('"returned":0');
  });
});

describe("evalwright doctor", () => {
  it("sends a span that arrives, and leaves nothing behind", async () => {
    const ports = ["--http-port", String(await freePort()), "--grpc-port", String(await freePort())];
    const healthy = await cli("doctor", ...ports);
    expect(healthy).toMatchObject({ code: 0 });
    expect(healthy.stdout).toContain("stored, read back, deleted");
    expect(healthy.stdout).not.toContain("FAIL");
  });
});

describe("a store that cannot be used", () => {
  it("is named, and nothing is lost", async () => {
    const file = join(home.path, "a-file");
    writeFileSync(file, "not a folder");
    const ended = await run(
      [serverEntry, "call", "search_traces"],
      { ...bareEnv(home.path), EVALWRIGHT_HOME: file },
      folder,
    );
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^unavailable: .*EVALWRIGHT_HOME/);
  });

  it("that is no database is refused and left as it was", async () => {
    const other = temporaryHome();
    writeFileSync(
      join(other.path, "evalwright.db"),
      "this is no database, but somebody's text file".repeat(50),
    );
    const ended = await run([serverEntry, "call", "search_traces"], { ...bareEnv(other.path) }, folder);
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/^[a-z_]+: /);
    expect(ended.stderr).not.toMatch(/^internal/);
    other.remove();
  });
});
