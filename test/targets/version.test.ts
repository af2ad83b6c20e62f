import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TargetSpec } from "../../src/model/target.ts";
import { parseTarget } from "../../src/targets/parse.ts";
import { findRepository } from "../../src/targets/repository.ts";
import { targetVersion, versionDifferences, watchVersion } from "../../src/targets/version.ts";
import { git, newFolder, newRepository, writeFiles } from "./fixtures.ts";

const target = (more: object = {}): Promise<TargetSpec> =>
  parseTarget(JSON.stringify({ kind: "command", run: ["python3", "agent.py"], ...more }));

const versionOf = async (root: string, more: object = {}, host: NodeJS.ProcessEnv = {}) =>
  targetVersion(await target(more), await findRepository(root), { host });

/** All that git keeps of the user's: index, objects, references. */
const stateOf = (root: string) => ({
  index: readFileSync(join(root, ".git/index")),
  objects: git(root, "count-objects", "-v"),
  status: git(root, "status", "--porcelain"),
});

describe("a target's version in git", () => {
  it("is the commit's tree when nothing was changed", async () => {
    const root = newRepository({ "agent.py": "print(1)\n", "lib/a.py": "" });
    expect(await versionOf(root)).toEqual({
      configHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      environmentHash: null,
      commit: git(root, "rev-parse", "HEAD"),
      treeHash: git(root, "rev-parse", "HEAD^{tree}"),
      treeKind: "git",
      dirty: false,
      unhashed: [],
      note: null,
    });
  });

  it("takes uncommitted and untracked files in, ignored ones not, and leaves the user's git alone", async () => {
    const root = newRepository({ "agent.py": "print(1)\n", "old.py": "", ".gitignore": "*.log\n" });
    const clean = await versionOf(root);
    writeFiles(root, { "run.log": "noise" });
    expect(await versionOf(root)).toEqual(clean);

    writeFiles(root, { "agent.py": "print(2)\n", "sub/new ü.py": "new" });
    rmSync(join(root, "old.py"));
    git(root, "add", "agent.py");
    const before = stateOf(root);
    const changed = await versionOf(root);
    expect(stateOf(root)).toEqual(before);
    expect(changed).toMatchObject({ dirty: true, commit: clean.commit });
    expect(changed.treeHash).not.toBe(clean.treeHash);

    git(root, "add", "-A");
    git(root, "commit", "-q", "-m", "second");
    const committed = await versionOf(root);
    expect(committed.treeHash).toBe(changed.treeHash);
    expect(committed).toMatchObject({ dirty: false, treeHash: git(root, "rev-parse", "HEAD^{tree}") });
  });

  it("sees a change of the same size in the same instant", async () => {
    const root = newRepository({ "agent.py": "print(1)\n" });
    git(root, "config", "core.trustctime", "false");
    const instant = new Date("2026-01-01T00:00:00Z");
    utimesSync(join(root, "agent.py"), instant, instant);
    git(root, "update-index", "--refresh");
    utimesSync(join(root, ".git/index"), instant, instant);
    const before = await versionOf(root);
    writeFiles(root, { "agent.py": "print(2)\n" });
    utimesSync(join(root, "agent.py"), instant, instant);
    expect((await versionOf(root)).treeHash).not.toBe(before.treeHash);
  });

  it("has no commit in a new repository, and none of what surrounds it", async () => {
    const root = newFolder({ "agent.py": "" });
    git(root, "init", "-q");
    expect(await versionOf(root)).toMatchObject({ commit: null, dirty: true, treeKind: "git" });
  });

  it("names what is not hashed", async () => {
    const root = newRepository({ "agent.py": "" });
    const clean = await versionOf(root);
    writeFiles(root, { "data.bin": "", "nested/inner.py": "" });
    truncateSync(join(root, "data.bin"), 60_000_000);
    git(join(root, "nested"), "init", "-q");
    expect(await versionOf(root)).toEqual({
      ...clean,
      dirty: true,
      unhashed: [
        { path: "data.bin", bytes: 60_000_000 },
        { path: "nested/", bytes: null },
      ],
    });
  });

  it.skipIf(process.getuid?.() === 0)("says when a file cannot be read", async () => {
    const root = newRepository({ "agent.py": "" });
    writeFiles(root, { "closed.py": "x" });
    chmodSync(join(root, "closed.py"), 0);
    expect((await versionOf(root)).note).toContain("could not be read");
  });

  it("names the files that changed in between", async () => {
    const root = newRepository({ "agent.py": "print(1)\n", "old.py": "" });
    await using watch = await watchVersion(await target(), await findRepository(root));
    const same = await watch.after();
    expect(same).toEqual({ version: watch.before, changed: { paths: [], total: 0 } });
    writeFiles(root, { "agent.py": "print(2)\n", "out/result ü.json": "{}" });
    rmSync(join(root, "old.py"));
    const { version, changed } = await watch.after();
    expect(versionDifferences(watch.before, version)).toEqual(["files"]);
    expect(changed).toEqual({ paths: ["agent.py", "old.py", "out/result ü.json"], total: 3 });
  });

  it("works from within a hook of git and in a folder with an odd name", async () => {
    const outer = newRepository({ "other.py": "" });
    const root = join(outer, "odd: folder");
    mkdirSync(root);
    writeFiles(root, { "agent.py": "x" });
    git(root, "init", "-q");
    git(root, "add", "-A");
    git(root, "commit", "-q", "-m", "first");
    process.env["GIT_DIR"] = join(outer, ".git");
    process.env["GIT_INDEX_FILE"] = join(outer, ".git/index");
    try {
      expect(await versionOf(root)).toMatchObject({ dirty: false, commit: git(root, "rev-parse", "HEAD") });
    } finally {
      delete process.env["GIT_DIR"];
      delete process.env["GIT_INDEX_FILE"];
    }
  });
});

describe("a target's version without git", () => {
  it("is the content of its files, dependencies and caches left out", async () => {
    const root = newFolder({
      "agent.py": "print(1)\n",
      "node_modules/x.js": "",
      "lib/__pycache__/a.pyc": "",
    });
    symlinkSync("agent.py", join(root, "alias.py"));
    const first = await versionOf(root);
    expect(first).toMatchObject({ commit: null, treeKind: "content", dirty: true });
    writeFiles(root, { "node_modules/y.js": "", "lib/__pycache__/b.pyc": "" });
    expect(await versionOf(root)).toEqual(first);
    await using watch = await watchVersion(await target(), await findRepository(root));
    writeFiles(root, { "agent.py": "print(2)\n", "lib/b.py": "" });
    const { version, changed } = await watch.after();
    expect(changed).toEqual({ paths: ["agent.py", "lib/b.py"], total: 2 });
    expect(versionDifferences(watch.before, version)).toEqual(["files"]);
  });

  it("is unknown, and never the same, when there are too many", async () => {
    const root = newFolder();
    writeFiles(root, { big: "" });
    truncateSync(join(root, "big"), 300_000_000);
    const version = await versionOf(root);
    expect(version).toMatchObject({
      treeHash: null,
      treeKind: "unknown",
      note: expect.stringContaining("Use git."),
    });
    expect(versionDifferences(version, await versionOf(root))).toEqual(["files"]);
  });
});

describe("a target's configuration and environment", () => {
  it("are told apart", async () => {
    const root = newRepository({
      "agent.py": "",
      ".env": "MODEL=small\nAPI_KEY=1\n",
      ".gitignore": ".env\n",
    });
    const more = { envFile: ".env", env: ["REGION"] };
    const first = await versionOf(root, more, { REGION: "eu" });
    expect(
      versionDifferences(first, await versionOf(root, { ...more, name: "Support" }, { REGION: "eu" })),
    ).toEqual([]);
    expect(
      versionDifferences(first, await versionOf(root, { ...more, timeoutMs: 5 }, { REGION: "eu" })),
    ).toEqual(["configuration"]);
    expect(versionDifferences(first, await versionOf(root, more, { REGION: "us" }))).toEqual(["environment"]);
    writeFiles(root, { ".env": "MODEL=large\nAPI_KEY=1\n" });
    expect(versionDifferences(first, await versionOf(root, more, { REGION: "eu" }))).toEqual(["environment"]);
    writeFiles(root, { ".env": "MODEL=small\nAPI_KEY=2\n" });
    expect(versionDifferences(first, await versionOf(root, more, { REGION: "eu" }))).toEqual([]);
  });

  it("are all that a prompt target has", async () => {
    const root = newRepository({ "agent.py": "" });
    const repository = await findRepository(root);
    const prompt = (text: string) =>
      parseTarget(JSON.stringify({ kind: "prompt", model: "m", prompt: text }));
    const first = await targetVersion(await prompt("a"), repository);
    expect(first).toMatchObject({ treeKind: "none", treeHash: null, environmentHash: null, dirty: false });
    writeFiles(root, { "agent.py": "changed" });
    expect(versionDifferences(first, await targetVersion(await prompt("a"), repository))).toEqual([]);
    expect(versionDifferences(first, await targetVersion(await prompt("b"), repository))).toEqual([
      "configuration",
    ]);
  });
});
