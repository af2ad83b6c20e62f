import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { parseLink } from "../../src/registry/link/link.ts";
import { readLinkedPrompt, replaceLinkedPrompt, textHash } from "../../src/registry/prompt-file.ts";
import { DOGS, HIDDEN, LONG } from "./texts.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "evalwright-link-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let files = 0;
/** A file of its own, in the folder that stands for the repository. */
function file(extension: string, source: string | Uint8Array): string {
  files += 1;
  const name = `f${files}${extension}`;
  writeFileSync(join(root, name), source);
  return name;
}
const sourceOf = (name: string) => readFileSync(join(root, name), "utf8");
const read = (link: string) => readLinkedPrompt(parseLink(link), root);
async function replace(link: string, text: string) {
  const { hash } = await read(link);
  return replaceLinkedPrompt(parseLink(link), hash, text, root);
}
const failing = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "did not fail",
    (error: { describe?(): string }) => error.describe?.() ?? String(error),
  );

const ALL = Object.entries({ ...DOGS, ...HIDDEN });

/** What programs themselves read; Python only where there is one. */
const importTypeScript = async (name: string): Promise<unknown> =>
  (await import(`${pathToFileURL(join(root, name)).href}?${files}`)).PROMPT;
function hasPython(): boolean {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
const importPython = (...names: string[]): unknown => {
  const code = `import json,runpy,sys; print(json.dumps([runpy.run_path(p)["PROMPT"] for p in sys.argv[1:]]))`;
  return JSON.parse(
    execFileSync("python3", ["-B", "-c", code, ...names.map((name) => join(root, name))], {
      encoding: "utf8",
      maxBuffer: 1e8,
    }),
  );
};

describe("a whole file", () => {
  it.each(ALL)("takes %s as it is", async (_, text) => {
    const name = file(".md", "before\n");
    expect((await replace(name, text)).text).toBe(text);
    expect(sourceOf(name)).toBe(text);
  });

  it("keeps the byte order mark, permissions and its own line ends", async () => {
    const name = file(".txt", "\ufeffone\r\ntwo\r\n");
    chmodSync(join(root, name), 0o640);
    expect((await read(name)).text).toBe("one\r\ntwo\r\n");
    await replace(name, "three\nfour");
    expect(sourceOf(name)).toBe("\ufeffthree\r\nfour");
    expect(statSync(join(root, name)).mode & 0o777).toBe(0o640);
    expect(readdirSync(root).filter((entry) => entry.endsWith(".tmp"))).toEqual([]);
  });

  it("of a megabyte", async () => {
    const name = file(".md", LONG);
    expect((await read(name)).text).toBe(LONG);
    await replace(name, `${LONG}more`);
    expect(sourceOf(name)).toBe(`${LONG}more`);
  });
});

const YAML = `# agents
agents:   # all of them
    support:
        model: gpt-5-mini
        prompt: |   # the system prompt
            You help.

            Be kind.
        # after it
        "other": 'it''s'
    list: [ {role: system, content: "x"},   {role: user, content: y} ]
`;

describe("a value of YAML", () => {
  it("is read and replaced where it stands; comments and layout of all else stay", async () => {
    const name = file(".yaml", YAML);
    expect((await read(`${name}#agents.support.prompt`)).text).toBe("You help.\n\nBe kind.\n");
    await replace(`${name}#agents.support.prompt`, "Be brief.\n- never: lie\n");
    expect(sourceOf(name)).toBe(
      YAML.replace(
        "            You help.\n\n            Be kind.\n",
        "            Be brief.\n            - never: lie\n",
      ),
    );
    await replace(`${name}#agents.list[1].content`, "yes");
    expect(sourceOf(name)).toContain('   {role: user, content: "yes"} ]');
    await replace(`${name}#agents.support.other`, "can't");
    expect(sourceOf(name)).toContain(`"other": 'can''t'`);
  });

  it.each(ALL)("takes %s", async (_, text) => {
    for (const source of [YAML, YAML.replaceAll("\n", "\r\n")]) {
      const name = file(".yml", source);
      const before = parse(source);
      for (const path of ["agents.support.prompt", "agents.support.model", "agents.list[0].content"]) {
        expect((await replace(`${name}#${path}`, text)).text).toBe(text);
      }
      const after = parse(sourceOf(name));
      expect(after.agents.support).toEqual({ ...before.agents.support, prompt: text, model: text });
      expect(sourceOf(name).split(/\r?\n/)[0]).toBe("# agents");
      if (source !== YAML) expect(sourceOf(name)).not.toMatch(/(?<!\r)\n/);
    }
  });

  it("is refused when it is not there, no text, shared or not the only document", async () => {
    const name = file(".yaml", "a: &x hi\nb: *x\nn: 1\nlist: []\n");
    expect(await failing(read(`${name}#c`))).toMatch(
      /no text of its own at "c".*Keys of the file: a, b, n, list/,
    );
    expect(await failing(read(`${name}#n`))).toMatch(/no text of its own/);
    expect(await failing(read(`${name}#b`))).toMatch(/not to an alias/);
    expect(await failing(replace(`${name}#a`, "new"))).toMatch(/^refused: .*shared by an anchor/);
    expect(await failing(read(`${file(".yaml", "a: x\n---\na: y\n")}#a`))).toMatch(/not one YAML document/);
    expect(await failing(read(`${file(".yaml", "a: [x\n")}#a`))).toMatch(/not one YAML document/);
    expect(sourceOf(name)).toBe("a: &x hi\nb: *x\nn: 1\nlist: []\n");
  });
});

describe("a value of JSON", () => {
  const JSON_SOURCE =
    '{\n\t"a" : {"prompt":"h\\u00e9\\/\\ud83d\\ude00", "b": [1.0, {"c": ""}]},\n\t"z":1e3\n}';

  it.each(ALL)("takes %s", async (_, text) => {
    const name = file(".json", JSON_SOURCE);
    expect((await read(`${name}#a.prompt`)).text).toBe("hé/😀");
    await replace(`${name}#a.prompt`, text);
    await replace(`${name}#a.b[1].c`, text);
    expect(JSON.parse(sourceOf(name))).toEqual({ a: { prompt: text, b: [1, { c: text }] }, z: 1000 });
    expect(sourceOf(name)).toMatch(
      /^\{\n\t"a" : \{"prompt":".*", "b": \[1\.0, \{"c": ".*"\}\]\},\n\t"z":1e3\n\}$/,
    );
  });

  it("is refused in what is no JSON", async () => {
    expect(await failing(read(`${file(".json", "{a: 1}")}#a`))).toMatch(/is not JSON/);
  });
});

const JAVASCRIPT = (literal: string) => `#!/usr/bin/env node
// const PROMPT = "in a comment";
/* const PROMPT = "too" */
const other = 'const PROMPT = "in a string"', ratio = 4 / 2 / 1;
const tag = /["'\`/]+[/"]/g.test(\`const PROMPT = \${\`"nested \${"}"}"\`}\`);
export const PROMPT = ${literal};
function inner() { return { PROMPT: "x" }.PROMPT === "y" || \`\${PROMPT}\`; }
export { other, tag, ratio, inner };
`;

describe("a constant of TypeScript", () => {
  it.each([
    ["a template", `\`one\n\\\`two\\\` \\\${x} \\u{1F600}\\x41\``, `one\n\`two\` \${x} 😀A`],
    ["double quotes", '"a \\"b\\" \\n\\\n c"', 'a "b" \n c'],
    ["single quotes", "'it\\'s'", "it's"],
    ["as const", '"x" as const', "x"],
  ])("in %s is read as the program does", async (_, literal, text) => {
    const name = file(".ts", JAVASCRIPT(literal));
    expect((await read(`${name}#PROMPT`)).text).toBe(text);
    expect(await importTypeScript(name)).toBe(text);
  });

  it.each(ALL)("takes %s, and the program reads it", async (_, text) => {
    for (const literal of ["`old`", '"old"', "'old'"]) {
      const source = JAVASCRIPT(literal);
      const name = file(".ts", source);
      expect((await replace(`${name}#PROMPT`, text)).text).toBe(text);
      expect(await importTypeScript(name)).toBe(text);
      const [before = "", after = ""] = source.split(literal);
      expect(sourceOf(name).startsWith(before)).toBe(true);
      expect(sourceOf(name).endsWith(after)).toBe(true);
    }
  });

  it("keeps the line ends of its file", async () => {
    const name = file(
      ".ts",
      'export const a = 1;\r\nexport const PROMPT: string = "x"\r\nexport const b = 2\r\n',
    );
    await replace(`${name}#PROMPT`, "one\ntwo");
    expect(sourceOf(name)).toContain("PROMPT: string = `one\r\ntwo`\r\nexport const b");
    expect(await importTypeScript(name)).toBe("one\ntwo");
  });

  it.each([
    ["no such name", "export const OTHER = `x`;", /gives no such name a value/],
    ["two values", "let PROMPT = 'a';\nPROMPT = 'b';", /gives it a value 2 times/],
    ["appended to", "let PROMPT = 'a';\nPROMPT += 'b';", /gives it a value 2 times/],
    ["inside of a function", "function f() { const PROMPT = 'a'; }", /outermost level/],
    ["an interpolation", `const PROMPT = \`a \${1}\`;`, /Write \{\{variables\}\}/],
    ["a call", "const PROMPT = `a`.trim();", /larger expression/],
    ["a sum", "const PROMPT = 'a'\n  + 'b';", /larger expression/],
    ["a tag", "const PROMPT = dedent`a`;", /no string/],
    ["a number", "const PROMPT = 7;", /no string/],
    ["an octal of old", "const PROMPT = 'a\\101';", /cannot be read/],
    ["a template without an end", "const PROMPT = `a", /does not end/],
    ["only in a comment", "// const PROMPT = 'a';", /gives no such name/],
  ])("is refused: %s", async (_, source, why) => {
    const name = file(".ts", source);
    expect(await failing(read(`${name}#PROMPT`))).toMatch(why);
    expect(sourceOf(name)).toBe(source);
  });

  it("is found in a file with JSX", async () => {
    const name = file(".tsx", "const a = <p>Don't {`x`} it's</p>;\nconst PROMPT = 'x';\n");
    expect((await read(`${name}#PROMPT`)).text).toBe("x");
  });
});

const PYTHON = (literal: string) => `# PROMPT = "in a comment"
"""Docs: PROMPT = 'in a text'"""
import json
other = 'PROMPT = "in a string"' + r'\\\\' + f"{json.dumps('}')!r}"
table = {"PROMPT": (1,
  2)}
PROMPT: str = ${literal}  # after it
def inner(a=1):
    return PROMPT == "y"
`;

describe("a constant of Python", () => {
  it.each([
    ["three quotes", '"""one\ntwo \\"three\\"\\\n four"""', 'one\ntwo "three" four'],
    ["single quotes", "'it\\'s \\x41\\u00e9\\101 \\q'", "it's AéA \\q"],
    ["raw", 'r"""\\d+ \\" """', '\\d+ \\" '],
    ["parentheses", '("x")', "x"],
  ])("in %s is read as the program does", async (_, literal, text) => {
    const name = file(".py", PYTHON(literal));
    expect((await read(`${name}#PROMPT`)).text).toBe(text);
    if (hasPython()) expect(importPython(name)).toEqual([text]);
  });

  it.each(ALL)(
    `takes %s${hasPython() ? ", and the program reads it" : " (no python3: only read back)"}`,
    async (_, text) => {
      const names: string[] = [];
      for (const literal of ['"""old"""', "'old'", 'r"old"', "'''old'''"]) {
        const source = PYTHON(literal);
        const name = file(".py", source);
        expect((await replace(`${name}#PROMPT`, text)).text).toBe(text);
        names.push(name);
        const [before = "", after = ""] = source.split(literal);
        expect(sourceOf(name).startsWith(before)).toBe(true);
        expect(sourceOf(name).endsWith(after)).toBe(true);
      }
    },
  );

  it.each([
    ["no such name", "OTHER = 'x'", /gives no such name/],
    ["two values", "PROMPT = 'a'\nif x:\n    PROMPT = 'b'\n", /2 times/],
    ["in a class", "class A:\n    x = 1; y = 2\n    def f(self, PROMPT='a'): pass\n", /outermost/],
    ["pieces", "PROMPT = ('a'\n  'b')", /no string|larger/],
    ["pieces in a line", "PROMPT = 'a' 'b'", /larger/],
    ["a call", "PROMPT = '''a'''.strip()", /larger/],
    ["an f-string", "PROMPT = f'a {x}'", /Write \{\{variables\}\}/],
    ["bytes", "PROMPT = b'a'", /of bytes/],
    ["a name of Unicode", "PROMPT = '\\N{BULLET}'", /cannot be read/],
    ["no end", "PROMPT = '''a", /does not end/],
  ])("is refused: %s", async (_, source, why) => {
    const name = file(".py", source);
    expect(await failing(read(`${name}#PROMPT`))).toMatch(why);
    expect(sourceOf(name)).toBe(source);
  });
});

describe("any text", () => {
  it("of a megabyte goes into every kind of file, and out again", async () => {
    const links = [
      `${file(".yaml", YAML)}#agents.support.prompt`,
      `${file(".yaml", YAML)}#agents.list[0].content`,
      `${file(".json", '{"p": ""}')}#p`,
      `${file(".ts", JAVASCRIPT("''"))}#PROMPT`,
      `${file(".py", PYTHON("''"))}#PROMPT`,
    ];
    for (const link of links) {
      expect((await replace(link, LONG)).text).toBe(LONG);
      const oneLine = LONG.replaceAll("\n", " ");
      expect((await replace(link, oneLine)).text).toBe(oneLine);
      await replace(link, "short");
      expect((await read(link)).text).toBe("short");
    }
  });

  it("comes back from every kind of file", async () => {
    const awkward = fc
      .array(
        fc.oneof(
          fc.constantFrom(
            "\\",
            '"',
            "'",
            "`",
            "${",
            '"""',
            "'''",
            "\n",
            "\r\n",
            "\r",
            " ",
            "\t",
            ":",
            "#",
            "- ",
            "{{x}}",
          ),
          fc.string({ unit: "binary", maxLength: 3 }),
        ),
        { maxLength: 12 },
      )
      .map((parts) => parts.join(""));
    const links = [
      `${file(".md", "x")}`,
      `${file(".yaml", YAML)}#agents.support.prompt`,
      `${file(".json", '{"p": ""}')}#p`,
      `${file(".ts", JAVASCRIPT("''"))}#PROMPT`,
      `${file(".py", PYTHON("r''"))}#PROMPT`,
    ];
    await fc.assert(
      fc.asyncProperty(awkward, fc.constantFrom(...links), async (text, link) => {
        const before = await read(link);
        const kept = link.endsWith(".md") && /\r\n/.test(before.text) && !/(?<!\r)\n/.test(before.text);
        const wanted = kept && !text.includes("\r") ? text.replaceAll("\n", "\r\n") : text;
        expect((await replace(link, text)).text).toBe(wanted);
      }),
      { numRuns: 400 },
    );
  });
});

describe("what may be linked", () => {
  it("is refused when the file holds another text than expected; then nothing is written", async () => {
    const name = file(".md", "one");
    const { hash } = await read(name);
    expect(hash).toBe(textHash("one"));
    writeFileSync(join(root, name), "edited by a person");
    const late = replaceLinkedPrompt(parseLink(name), hash, "two", root);
    expect(await failing(late)).toMatch(/^conflict: .*changed meanwhile.*prompt pull/);
    expect(sourceOf(name)).toBe("edited by a person");
  });

  it("must really be inside the repository, a file, and not git's", async () => {
    const outside = mkdtempSync(join(tmpdir(), "evalwright-outside-"));
    writeFileSync(join(outside, "secret.md"), "secret");
    symlinkSync(join(outside, "secret.md"), join(root, "inside.md"));
    symlinkSync(outside, join(root, "folder"));
    for (const path of ["inside.md", "folder/secret.md", join(outside, "secret.md"), "../x/../../etc/passwd"])
      expect(await failing(read(path))).toMatch(/^invalid_input: .*(outside the repository|does not exist)/);
    mkdirSync(join(root, ".git/hooks"), { recursive: true });
    writeFileSync(join(root, ".git/hooks/pre-commit"), "x");
    expect(await failing(read(".git/hooks/pre-commit"))).toMatch(/git's own folder/);
    expect(await failing(read("."))).toMatch(/folder/);
    expect(await failing(read("missing.md"))).toMatch(/does not exist/);
    rmSync(outside, { recursive: true });
  });

  it("through a link inside of the repository: the file is replaced, the link stays", async () => {
    const name = file(".md", "one");
    symlinkSync(join(root, name), join(root, "linked.md"));
    await replace("linked.md", "two");
    expect(sourceOf(name)).toBe("two");
  });

  it("needs a symbol where a whole file is a program, and none where it is text", async () => {
    const name = file(".py", "x = 1");
    expect(() => parseLink(name)).toThrow(/whole file is no prompt/);
    expect(() => parseLink("a.md#x")).toThrow(/have symbols/);
    expect(() => parseLink("a.ts#b.c")).toThrow(/no name of a constant/);
    expect(() => parseLink("#x")).toThrow(/PATH or PATH#SYMBOL/);
    expect(z.string().parse(await failing(read(file(".md", Buffer.from([0xff, 0xfe, 0x41])))))).toMatch(
      /UTF-8/,
    );
  });
});
