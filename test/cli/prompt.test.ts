import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DOGS, HIDDEN, LONG } from "../registry/texts.ts";
import { bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";

const home = temporaryHome();
const folder = join(home.path, "work");
const cli = (action: string, ...args: string[]) =>
  run([serverEntry, "prompt", action, "-p", "shop", ...args], bareEnv(home.path), folder);
const file = (name: string, text: string | Uint8Array) => {
  writeFileSync(join(folder, name), text);
  return name;
};

beforeAll(() => {
  mkdirSync(folder);
});
afterAll(() => home.remove());

describe("evalwright prompt", () => {
  it("saves and exports exactly the bytes of a file", async () => {
    const everything = [...Object.values(DOGS), ...Object.values(HIDDEN), LONG, "\ufeffend"].join("\n");
    file("all.txt", everything);
    expect(await cli("save", "all", "all.txt")).toMatchObject({ code: 0, stdout: "all@1\n", stderr: "" });
    expect((await cli("save", "all", "all.txt")).stdout).toBe("all@1 was there already\n");
    await cli("export", "all@1", "--out", "back.txt");
    expect(readFileSync(join(folder, "back.txt")).equals(readFileSync(join(folder, "all.txt")))).toBe(true);
    expect((await cli("export", "all")).stdout).toBe(everything);
    file("empty.txt", "");
    await cli("save", "empty", "empty.txt");
    expect(await cli("export", "empty")).toMatchObject({ code: 0, stdout: "" });
  }, 30_000);

  it("saves chats, variables and settings as JSON, and exports what it reads", async () => {
    const content = {
      template: [{ role: "system", content: "Be {{tone}}." }],
      variables: { tone: { type: "string", required: false } },
      settings: { model: "m" },
    };
    file("chat.json", JSON.stringify(content));
    expect((await cli("save", "chat", "chat.json", "--json", "--message", "why")).stdout).toBe("chat@1\n");
    expect(JSON.parse((await cli("export", "chat", "--json")).stdout)).toEqual(content);
    expect((await cli("list")).stdout).toMatch(/chat@1 +chat +12 .*why/);
    const rendered = await cli("render", "chat", "--var", "tone=$& {{tone}}");
    expect(JSON.parse(rendered.stdout)).toEqual([{ role: "system", content: "Be $& {{tone}}." }]);
    expect(JSON.parse((await cli("render", "chat")).stdout)).toEqual([{ role: "system", content: "Be ." }]);
  });

  it("renders with typed values and says which are missing", async () => {
    const variables = {
      n: { type: "integer" },
      who: { type: "object", default: { name: "Ann" } },
    };
    file("typed.json", JSON.stringify({ template: "{{n}} for {{who.name}} {{x}}", variables }));
    await cli("save", "typed", "typed.json", "--json");
    expect((await cli("render", "typed", "--var", "n=3", "x={}")).stdout).toBe("3 for Ann {}");
    expect((await cli("render", "typed")).stderr).toMatch(/^invalid_input: Values are missing: "n", "x"/);
    expect((await cli("render", "typed", "--var", "n=1.5", "x=")).stderr).toMatch(
      /"n" must be of type integer/,
    );
    expect((await cli("render", "typed", "--var", "m=1")).stderr).toMatch(
      /no variable "m".*Variables: n, who, x/,
    );
    expect((await cli("render", "typed", "--var", "n=1", "x=", "who={}")).stderr).toMatch(
      /no field for "who\.name"/,
    );
  });

  it("moves aliases, shows where from, and rolls back", async () => {
    file("1.txt", "one\n");
    file("2.txt", "two\n");
    await cli("save", "support", "1.txt");
    await cli("save", "support", "2.txt");
    expect((await cli("alias", "support", "production", "1")).stdout).toBe(
      "production: nowhere -> support@1\n",
    );
    expect((await cli("alias", "support", "production", "2", "--expect", "1")).stdout).toBe(
      "production: support@1 -> support@2\n",
    );
    const late = await cli("alias", "support", "production", "2", "--expect", "1");
    expect(late).toMatchObject({ code: 1, stdout: "" });
    expect(late.stderr).toMatch(/^conflict: Alias production stands at support@2, not at support@1/);
    expect((await cli("alias", "support", "production", "--rollback")).stdout).toBe(
      "production: support@2 -> support@1\n",
    );
    expect((await cli("export", "support@production")).stdout).toBe("one\n");
    expect((await cli("alias", "support", "production", "--remove")).stdout).toBe(
      "production: support@1 -> nowhere\n",
    );
    expect((await cli("alias", "support", "staging", "--rollback")).stderr).toMatch(/was never moved/);
    expect((await cli("alias", "support", "latest", "1")).code).toBe(1);
  });

  it("shows what differs", async () => {
    const { stdout } = await cli("diff", "support@1", "support@2");
    expect(stdout).toBe("--- support@1\n+++ support@2\n@@ -1,1 +1,1 @@\n-one\n+two\n");
    expect((await cli("show", "support@1")).stdout).toContain("one");
  });

  it("pulls the linked file's text, and pushes a version into it, but not over what nobody kept", async () => {
    mkdirSync(join(folder, "src"), { recursive: true });
    const source = (text: string) => `// keep\nexport const SYSTEM = "${text}"; // keep\n`;
    file("src/prompts.ts", source("one"));
    await cli("save", "linked", file("zero.txt", "zero"));
    expect((await cli("link", "linked", "src/prompts.ts#SYSTEM")).stdout).toBe(
      "linked -> src/prompts.ts#SYSTEM: text that no version has\n",
    );
    const late = await cli("push", "linked@1");
    expect(late).toMatchObject({ code: 1, stdout: "" });
    expect(late.stderr).toMatch(/^conflict: .*no version has.*prompt pull linked/);
    expect((await cli("pull", "linked", "--message", "as it was")).stdout).toBe("linked@2\n");
    expect((await cli("pull", "linked")).stdout).toBe("linked@2 has this text already\n");
    expect((await cli("push", "linked@1")).stdout).toBe("linked@1 -> src/prompts.ts\n");
    expect(readFileSync(join(folder, "src/prompts.ts"), "utf8")).toBe(source("zero"));
    expect((await cli("push", "linked@1")).stdout).toMatch(/already/);
    expect((await cli("show", "linked")).stdout).toMatch(/another version's text/);
    expect((await cli("link", "linked", "../outside.md")).stderr).toMatch(/^invalid_input/);
    expect((await cli("link", "linked", "--remove")).stdout).toBe("linked is not linked\n");
    expect((await cli("push", "linked")).stderr).toMatch(/not linked to a file/);
  }, 60_000);

  it("says in one line what is wrong", async () => {
    file("latin1.txt", Buffer.from([0x66, 0xfc, 0x72]));
    expect(await cli("save", "x", "latin1.txt")).toMatchObject({ code: 1, stdout: "" });
    expect((await cli("save", "x", "latin1.txt")).stderr).toMatch(/is not UTF-8/);
    expect((await cli("save", "x", "nowhere.txt")).stderr).toMatch(/cannot be read/);
    expect((await cli("save", "x@2", "1.txt")).stderr).toMatch(/^invalid_input/);
    expect((await cli("sow", "x")).stderr).toMatch(/Actions: list, show, diff/);
  });
});
