import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { judgesDoc } from "../scripts/judges-doc.ts";
import { insertToolTable } from "../scripts/tool-table.ts";
import { ENTRIES, packageRoot } from "../src/runtime.ts";
import { toolSchema } from "../src/server/register-tools.ts";
import { tools } from "../tools/index.ts";

const sources = ["src", "tools"].flatMap((folder) =>
  readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") || name.endsWith(".tsx"))
    .map((name) => join(folder, name)),
);

const textOf = (file: string) => readFileSync(join(packageRoot, file), "utf8");

interface Import {
  readonly from: string;
  /** A path of ours relative to the root, else the package's name. */
  readonly to: string;
  readonly typeOnly: boolean;
}

function importsOf(file: string): Import[] {
  const text = textOf(file);
  const found = text.matchAll(
    /^(?:import|export)\s+(type\s)?[^;]*?from\s+"([^"]+)";|\bimport\("([^"]+)"\)|^import "([^"]+)";/gm,
  );
  return [...found].map((match) => {
    const specifier = match[2] ?? match[3] ?? match[4] ?? "";
    const to = specifier.startsWith(".")
      ? relative(packageRoot, resolve(packageRoot, dirname(file), specifier))
      : specifier === "#tools"
        ? "tools/index.ts"
        : specifier;
    return { from: file, to, typeOnly: match[1] !== undefined };
  });
}

const imports = sources.flatMap(importsOf);

const DOMAIN =
  /^src\/(telemetry|reading|jobs|privacy|filter|feedback|ledger|llm|targets|datasets|calibration|registry|judges|statistics|evaluation|test-files|optimization|simulation|census)\//;

/** Imports point one way: doors -> app -> domain folders -> store interfaces -> model. */
const RULES: readonly {
  readonly name: string;
  readonly from: RegExp;
  readonly not?: RegExp;
  readonly forbids: RegExp;
  readonly except?: RegExp;
}[] = [
  {
    name: "model imports nothing of ours",
    from: /^src\/model\//,
    forbids: /^(src|tools)\//,
    except: /^src\/model\//,
  },
  {
    name: "store imports model only",
    from: /^src\/store\//,
    forbids: /^(src|tools)\//,
    except: /^src\/(store|model)\/|^src\/(errors|runtime|log|canonical|near-match)\.ts$/,
  },
  {
    name: "domain folders know no door",
    from: DOMAIN,
    forbids: /^(tools\/|src\/(server|cli|client|app|review)\/|src\/store\/(sqlite|postgres|clickhouse)\/)/,
  },
  {
    name: "the app knows no door",
    from: /^src\/app\//,
    forbids: /^(tools\/|src\/(server|cli|client|review)\/|src\/store\/sqlite\/)/,
  },
  { name: "tools are thin", from: /^tools\//, forbids: /^src\/(server|cli|client|app|review|store)\// },
  {
    name: "the MCP server SDK is only in server/",
    from: /./,
    not: /^src\/server\//,
    forbids: /^@modelcontextprotocol\/server/,
  },
  {
    name: "the MCP client SDK is only in client/",
    from: /./,
    not: /^src\/client\//,
    forbids: /^@modelcontextprotocol\/(client|sdk)/,
  },
  {
    name: "the database driver is only in its backend",
    from: /./,
    not: /^src\/store\/sqlite\//,
    forbids: /^(better-sqlite3|node:sqlite)/,
  },
];

describe("imports", () => {
  it("were found at all", () => {
    expect(imports.length).toBeGreaterThan(200);
    expect(imports.filter((i) => i.to.startsWith("src/model/")).length).toBeGreaterThan(50);
  });

  it.each(RULES)("$name", ({ from, not, forbids, except }) => {
    const wrong = imports.filter(
      (i) => from.test(i.from) && !not?.test(i.from) && forbids.test(i.to) && !except?.test(i.to),
    );
    expect(wrong.map((i) => `${i.from} -> ${i.to}`)).toEqual([]);
  });

  it("have no cycles at run time", () => {
    const graph = new Map<string, string[]>();
    for (const i of imports) {
      if (!i.typeOnly && /^(src|tools)\//.test(i.to)) graph.set(i.from, [...(graph.get(i.from) ?? []), i.to]);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
      else if (!done.has(file)) {
        for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
        done.add(file);
      }
    };
    for (const file of graph.keys()) visit(file, []);
    expect(cycles).toEqual([]);
  });
});

describe("source files", () => {
  it("are at most 300 lines, or say why in the first", () => {
    const long = sources.filter(
      (file) => textOf(file).split("\n").length > 301 && !/^\/\/ Long because/.test(textOf(file)),
    );
    expect(long).toEqual([]);
  });

  it("hold no unchecked casts, no any, no non-null assertions", () => {
    const casts = sources.flatMap((file) =>
      textOf(file)
        .split("\n")
        .flatMap((line, i) =>
          /\bas (?!const\b)[A-Z{([a-z]|: any\b|<any>/.test(
            line.replace(/(\/\/|\*).*$|"[^"]*"|`[^`]*`|^import .*|^export .*/g, ""),
          )
            ? [`${file}:${i + 1} ${line.trim()}`]
            : [],
        ),
    );
    expect(casts).toEqual([]);
  });

  it("have no catch-all names", () => {
    expect(sources.filter((file) => /\/(utils?|helpers?|common|misc)\.tsx?$/.test(file))).toEqual([]);
  });

  it("never write to stdout outside the command line", () => {
    const doors = sources.filter((file) => !file.startsWith("src/cli/"));
    expect(
      doors.filter((file) => /console\.(log|info|debug)|process\.stdout\.write/.test(textOf(file))),
    ).toEqual([]);
  });

  it("show a trace or session only after asking whether it is sealed", () => {
    const direct = sources.filter(
      (file) =>
        /^(tools|src\/server|src\/review|src\/cli|src\/reading)\//.test(file) &&
        /\.(getTrace|getSession)\(/.test(textOf(file)),
    );
    // These show what was opened through the first, and whether a trace of the doctor's own has arrived.
    const allowed = ["sealed", "session", "trace"].map((name) => `src/reading/${name}.ts`);
    expect(direct.sort()).toEqual(["src/cli/doctor.ts", ...allowed]);
  });

  it("include every entry that the bundler starts from", () => {
    expect(Object.values(ENTRIES).filter((file) => !sources.includes(file))).toEqual([]);
  });
});

describe("tools", () => {
  const files = readdirSync(join(packageRoot, "tools")).filter((name) => name !== "index.ts");

  it("are one file each, named after the tool, all listed", () => {
    expect(tools.map((tool) => `${tool.name.replaceAll("_", "-")}.ts`).sort()).toEqual(files.sort());
  });

  it.each(tools.map((tool) => [tool.name, tool] as const))(
    "%s is described and shaped for hosts",
    (_, tool) => {
      expect(tool.name).toMatch(/^[a-z]+_[a-z]+$/);
      expect(tool.description.length).toBeLessThan(500);
      expect(tool.hints.readOnlyHint && tool.hints.destructiveHint).toBe(false);
      const schema = toolSchema(tool);
      expect(Object.keys(schema)).not.toContain("anyOf");
      expect(Object.keys(schema)).not.toContain("oneOf");
      expect(schema["additionalProperties"]).toBe(false);
      expect(JSON.stringify(schema)).not.toContain('"pattern"');
    },
  );

  it("leave room for 26 of them under 8,000 tokens", () => {
    const definitions = tools.map((tool) => ({
      name: tool.name,
      description: tool.description,
      inputSchema: toolSchema(tool),
      annotations: tool.hints,
    }));
    expect(encode(JSON.stringify(definitions)).length).toBeLessThan(307 * tools.length);
  });

  it("ask to be loaded up front in three cases at most", () => {
    expect(tools.filter((tool) => tool.alwaysLoad).length).toBeLessThanOrEqual(3);
  });
});

describe("prompts", () => {
  const FrontMatter = z.strictObject({
    description: z.string().min(10),
    variables: z.record(z.string(), z.string()).default({}),
  });
  const texts = readdirSync(join(packageRoot, "prompts"), { recursive: true, encoding: "utf8" }).filter(
    (name) => name.endsWith(".md"),
  );

  it.each(texts)("%s declares just the variables that it uses", (name) => {
    const [, head, body] = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(textOf(join("prompts", name))) ?? [];
    const { variables } = FrontMatter.parse(parse(head ?? ""));
    const used = new Set([...(body ?? "").matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]));
    expect([...used].sort()).toEqual(Object.keys(variables).sort());
  });

  it("keep the server's instructions under 2 KB", () => {
    expect(Buffer.byteLength(textOf("prompts/instructions.md"))).toBeLessThan(2_048 + 200); // front matter is not sent
  });
});

describe("start-up", () => {
  const LIGHT = /^\.\.\/src\/(model\/.*|tool|errors|reading\/budget|ledger\/budget-fields)\.ts$|^zod$/;

  it("tools load the code that they call when they are called", () => {
    const heavy = readdirSync(join(packageRoot, "tools"))
      .filter((name) => name !== "index.ts")
      .flatMap((name) =>
        [...textOf(join("tools", name)).matchAll(/^import (?!type )[^;]*? from "([^"]+)";/gm)]
          .map((match) => match[1] ?? "")
          .filter((from) => !LIGHT.test(from))
          .map((from) => `${name} -> ${from}`),
      );
    expect(heavy).toEqual([]);
  });
});

describe("package-lock.json", () => {
  const Lock = z.object({
    packages: z.record(
      z.string(),
      z.object({
        resolved: z.string().optional(),
        gypfile: z.boolean().optional(),
        dependencies: z.record(z.string(), z.string()).optional(),
        optionalDependencies: z.record(z.string(), z.string()).optional(),
      }),
    ),
  });
  const { packages } = Lock.parse(JSON.parse(textOf("package-lock.json")));

  /** As Node.js looks a package up: beside its user, then one folder further out. */
  const isLocked = (user: string, name: string): boolean => {
    const inside = packages[`${user}${user === "" ? "" : "/"}node_modules/${name}`];
    if (inside || user === "") return inside !== undefined;
    const end = user.lastIndexOf("node_modules/");
    return isLocked(user.slice(0, Math.max(0, end - 1)), name);
  };

  it("holds every platform's packages, so that npm ci works on another machine", () => {
    const missing = Object.entries(packages).flatMap(([user, entry]) =>
      Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
        .filter((name) => !isLocked(user, name))
        .map((name) => `${user} -> ${name}`),
    );
    expect(missing).toEqual([]);
  });

  it("has nothing compiled: packages with a binding.gyp bring their binaries (npm run lock)", () => {
    const compiled = Object.entries(packages).filter(
      ([path, entry]) => existsSync(join(packageRoot, path, "binding.gyp")) && entry.gypfile !== false,
    );
    expect(compiled.map(([path]) => path)).toEqual([]);
  });

  it("names no registry", () => {
    expect(Object.entries(packages).filter(([, entry]) => entry.resolved)).toEqual([]);
  });
});

describe("documents", () => {
  it("README's tool table is fresh: npm run readme", () => {
    const readme = textOf("README.md");
    expect(insertToolTable(readme)).toBe(readme);
  });

  it("docs/judges.md is fresh: npm run readme", () => {
    expect(textOf("docs/judges.md")).toBe(judgesDoc());
  });

  it("AGENTS.md stays under 40 lines", () => {
    expect(textOf("AGENTS.md").split("\n").length).toBeLessThan(40);
  });
});
