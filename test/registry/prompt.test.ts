import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import { DOGS, HIDDEN, LONG } from "./texts.ts";

const home = temporaryHome();
let server: Attached;
beforeAll(async () => {
  server = await attach({ home: home.path, project: "shop" });
}, 60_000);
afterAll(async () => {
  await server.close();
  home.remove();
});

const save = (arguments_: JsonObject) => server.call("save_prompt", arguments_);
const get = (id: string, more: JsonObject = {}) => server.call("get_record", { kind: "prompt", id, ...more });

/** A template read page by page. */
async function readWhole(id: string): Promise<string> {
  let text = "";
  let cursor: string | undefined;
  do {
    const answer = await get(id, { maxTokens: 20_000, ...(cursor ? { cursor } : {}) });
    text += String(untrustedOf(answer)["text"]);
    const { next } = Object(answer["page"]);
    cursor = next;
  } while (cursor);
  return text;
}

describe("save_prompt", () => {
  it("keeps immutable versions with variables, settings, a message and a parent", async () => {
    const first = await save({
      name: "support",
      text: "You help {{customer.name}}. Tone: {{tone}}.",
      variables: { tone: { type: "string", default: "warm" } },
      settings: { model: "gpt-5-mini", temperature: 0.2 },
      message: "first",
    });
    expect(first).toMatchObject({
      prompt: "support@1",
      saved: true,
      type: "text",
      variables: ["customer", "tone"],
    });
    const second = await save({ name: "support", text: "You help {{customer.name}}. Tone: {{tone}}!" });
    expect(second).toMatchObject({ prompt: "support@2" });
    const answer = await get("support");
    expect(answer).toMatchObject({ prompt: "support@2", parent: 1, newest: 2, type: "text" });
    expect(untrustedOf(answer)).toMatchObject({
      variables: {
        customer: { type: "any", required: true },
        tone: { type: "string", default: "warm" },
      },
      settings: { model: "gpt-5-mini", temperature: 0.2 },
      text: "You help {{customer.name}}. Tone: {{tone}}!",
    });
    expect(untrustedOf(await get("support@1"))["message"]).toBe("first");
    const branch = await save({ name: "support", text: "Other.", parent: 1, variables: {}, settings: {} });
    expect(branch).toMatchObject({ prompt: "support@3", variables: [] });
    expect(await get("support@3")).toMatchObject({ parent: 1 });
  });

  it("gives the version back that has the same content, whatever the order of settings", async () => {
    await save({ name: "same", text: "A", settings: { a: 1, b: 2 } });
    await save({ name: "same", text: "B" });
    const again = await save({ name: "same", text: "A", settings: { b: 2, a: 1 } });
    expect(again).toMatchObject({ prompt: "same@1", unchanged: expect.any(String) });
    const listed = await server.call("list_records", { kind: "prompt", name: "same" });
    expect(rowsOf(untrustedOf(listed)["prompts"]).map((row) => row["prompt"])).toEqual(["same@2", "same@1"]);
  });

  it("keeps chat templates", async () => {
    const messages = [
      { role: "system", content: "Answer {{language}}." },
      { role: "user", content: "{{question}}" },
    ];
    expect(await save({ name: "team/chat", messages })).toMatchObject({
      type: "chat",
      variables: ["language", "question"],
    });
    expect(untrustedOf(await get("team/chat"))["messages"]).toEqual(messages);
  });

  it("a dry run saves nothing", async () => {
    expect(await save({ name: "dry", text: "x {{y}}", dryRun: true })).toMatchObject({
      saved: false,
      variables: ["y"],
    });
    expect(await server.fail("get_record", { kind: "prompt", id: "dry" })).toMatch(/^not_found/);
  });

  it("says what is wrong, what is allowed and what to do", async () => {
    const fail = (arguments_: JsonObject) => server.fail("save_prompt", arguments_);
    expect(await fail({ name: "a@b", text: "" })).toMatch(/^invalid_input: "name": must be letters/);
    expect(await fail({ name: "../x", text: "" })).toMatch(/^invalid_input/);
    expect(await fail({ name: "x" })).toMatch(/Give text, messages or file, one of them/);
    expect(await fail({ name: "x", text: "", messages: [{ role: "user", content: "" }] })).toMatch(
      /one of them/,
    );
    expect(
      await fail({ name: "x", text: "{{n}}", variables: { n: { type: "number", default: "7" } } }),
    ).toMatch(/^invalid_input: The default of "n" is no number/);
    expect(await fail({ name: "x", text: "{{n}}", variables: { n: { type: "text" } } })).toMatch(
      /variables\.n\.type.*string \| number/,
    );
    expect(await fail({ name: "x", text: "", alias: "Latest" })).toMatch(/"alias": must be lower-case/);
    expect(await fail({ name: "x", text: "", parent: 4 })).toMatch(/^not_found/);
  });

  it("names what there is when a prompt, version or alias is not there", async () => {
    await save({ name: "known", text: "x", alias: "production" });
    const fail = (id: string) => server.fail("get_record", { kind: "prompt", id });
    expect(await fail("knwon")).toMatch(/^not_found: No prompt "knwon".*Did you mean "known"\? Prompts: /);
    expect(await fail("known@9")).toMatch(/known has versions 1 to 1; its aliases: production \(1\)/);
    expect(await fail("known@staging")).toMatch(/its aliases: production \(1\)/);
    expect(await fail("known@Nine")).toMatch(/neither a version nor an alias/);
  });
});

describe("aliases", () => {
  it("move with a version, back and forth, and each move is recorded", async () => {
    await save({ name: "alias", text: "1" });
    expect(await save({ name: "alias", text: "2", alias: "production", aliasFrom: 0 })).toMatchObject({
      alias: { from: null, to: 2, moved: true },
    });
    expect(
      await save({ name: "alias", version: 1, alias: "production", aliasFrom: 2, message: "2 was rude" }),
    ).toMatchObject({ prompt: "alias@1", alias: { from: 2, to: 1 } });
    const answer = await get("alias@production");
    expect(answer).toMatchObject({ prompt: "alias@1", aliases: ["production@1"] });
    expect(rowsOf(untrustedOf(answer)["moves"])).toMatchObject([
      { alias: "production", from: 2, to: 1, why: "2 was rude" },
      { alias: "production", from: null, to: 2 },
    ]);
  });

  it("are refused when they were moved meanwhile; then nothing is saved either", async () => {
    await save({ name: "race", text: "1", alias: "production" });
    await save({ name: "race", text: "2", alias: "production" });
    expect(
      await server.fail("save_prompt", { name: "race", text: "3", alias: "production", aliasFrom: 1 }),
    ).toMatch(/^conflict: .*stands at race@2/);
    expect(await get("race")).toMatchObject({ prompt: "race@2" });
    expect(await server.fail("save_prompt", { name: "race", version: 9, alias: "production" })).toMatch(
      /^not_found/,
    );
  });

  it("a repeated call with its key saves and moves once", async () => {
    const call = { name: "key", text: "1", alias: "production", idempotencyKey: "k1" };
    await save(call);
    await save({ name: "key", text: "2", alias: "production" });
    expect(await save(call)).toMatchObject({ prompt: "key@1" });
    expect(await get("key@production")).toMatchObject({ prompt: "key@2" });
    expect(await server.fail("save_prompt", { ...call, text: "other" })).toMatch(/^idempotency_conflict/);
  });
});

describe("a linked file", () => {
  it("gives the text, is shown with how it stands, and may be given with a text", async () => {
    const place = "examples/support-agent/agent.yaml#kind";
    const first = await save({ name: "linked", file: place });
    expect(first).toMatchObject({ prompt: "linked@1", fileHasThisText: true });
    expect(untrustedOf(await get("linked"))).toMatchObject({
      text: "command",
      file: { link: place, state: "same text" },
    });
    expect(await save({ name: "linked", text: "other", file: place })).toMatchObject({
      prompt: "linked@2",
      fileHasThisText: false,
    });
    expect(untrustedOf(await get("linked"))["file"]).toEqual({
      link: place,
      state: "another version's text",
      version: 1,
    });
    expect(await server.fail("save_prompt", { name: "linked", file: "nowhere.md" })).toMatch(
      /^invalid_input: The linked file "nowhere.md" does not exist/,
    );
    expect(await server.fail("save_prompt", { name: "linked", file: "src/tool.ts" })).toMatch(
      /whole file is no prompt/,
    );
  });
});

describe("what differs", () => {
  it("is a unified diff of template, variables and settings", async () => {
    await save({ name: "diff", text: "one\ntwo\nthree", settings: { temperature: 1 } });
    await save({ name: "diff", text: "one\n2 $&\nthree\n", settings: { temperature: 0 } });
    const answer = await get("diff@2", { compareTo: "diff@1" });
    expect(answer).toMatchObject({ same: false, comparedTo: "diff@1" });
    expect(untrustedOf(answer)["diff"]).toBe(
      [
        "--- diff@1",
        "+++ diff@2",
        "@@ -1,3 +1,3 @@",
        " one",
        "-two",
        "-three",
        "\\ No newline at end of file",
        "+2 $&",
        "+three",
        "--- diff@1 settings",
        "+++ diff@2 settings",
        "@@ -1,3 +1,3 @@",
        " {",
        '-  "temperature": 1',
        '+  "temperature": 0',
        " }",
        "",
      ].join("\n"),
    );
    expect(await get("diff@2", { compareTo: "diff@2" })).toMatchObject({ same: true });
    await save({ name: "longer", text: "one\ntwo" });
    await save({ name: "longer", text: "one\ntwo\nthree" });
    expect(untrustedOf(await get("longer@2", { compareTo: "longer@1" }))["diff"]).toBe(
      ["--- longer@1", "+++ longer@2", "@@ -1,2 +1,3 @@", " one", " two", "+three", ""].join("\n"),
    );
  });
});

describe("texts come through as they are", () => {
  // Line ends and invisible characters are made alike where an assistant reads (DESIGN 2.6); the store keeps them.
  const shown = (text: string) => text.replaceAll(/\r\n?/g, "\n");

  it.each(Object.entries(DOGS))("%s", async (what, text) => {
    const name = `dog.${what.replaceAll(/\W/g, "-")}`;
    await save({ name, text });
    expect(untrustedOf(await get(name))["text"]).toBe(shown(text));
    expect(await save({ name, text })).toMatchObject({ unchanged: expect.any(String), chars: text.length });
  });

  it.each(Object.entries(HIDDEN))("%s are counted and not shown", async (what, text) => {
    const name = `hidden.${what.replaceAll(/\W/g, "-")}`;
    expect(await save({ name, text })).toMatchObject({ chars: text.length });
    const part = untrustedOf(await get(name));
    expect(part["changed"]).toMatchObject({ cleaned: expect.any(Number) });
    expect(JSON.stringify(part["text"])).not.toMatch(/\\u00(07|1b|00)|\u200b|\u202e/);
  });

  it("a megabyte, in pages", async () => {
    await save({ name: "long", text: LONG });
    const first = await get("long");
    expect(JSON.stringify(first).length).toBeLessThan(8_500);
    expect(first["page"]).toMatchObject({ total: LONG.length });
    expect(await readWhole("long")).toBe(LONG);
    await save({ name: "long", text: `${LONG}{{new}}` });
    const diff = await get("long@2", { compareTo: "long@1" });
    expect(String(untrustedOf(diff)["diff"])).toContain("+{{new}}\n\\ No newline at end of file");
  }, 30_000);
});
