import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { packageRoot } from "../../src/runtime.ts";
import { findRepository } from "../../src/targets/repository.ts";
import { openTargetAt, snapshotTarget, type TargetCopy } from "../../src/targets/target-copy.ts";
import { targetVersion } from "../../src/targets/version.ts";
import {
  git,
  HOST,
  never,
  newFolder,
  newRepository,
  open,
  request,
  textWhenThere,
  writeFiles,
} from "./fixtures.ts";

const agentFile = (fields: JsonObject) => JSON.stringify({ kind: "command", ...fields });
const catTarget = agentFile({ run: "cat answer.txt" });

const worktreesOf = (root: string) =>
  git(root, "worktree", "list", "--porcelain")
    .split("\n")
    .filter((line) => line.startsWith("worktree "));

/** Runs the target of a copy once. */
async function outputOf(copy: TargetCopy) {
  const { spec, repository, environment: shared } = copy;
  const { root } = repository;
  const fields: JsonObject = JSON.parse(JSON.stringify(spec));
  const target = await open(fields, { root, shared, host: HOST });
  const run = await target.run(request(), { signal: never });
  return run.status === "ok" ? run.output : `${run.status}: ${run.reason} ${run.error}`;
}

describe("a target at another commit", () => {
  it("runs that commit's files and leaves the working folder alone", async () => {
    const root = newRepository({ "answer.txt": "old", "agent.json": catTarget });
    const first = git(root, "rev-parse", "HEAD");
    writeFiles(root, { "answer.txt": "new" });
    git(root, "commit", "-qam", "second");
    writeFiles(root, { "answer.txt": "uncommitted", "mine.txt": "untracked" });
    git(root, "worktree", "add", "-q", join(newFolder(), "mine"), "-b", "mine");
    const before = [git(root, "status", "--porcelain"), git(root, "branch", "-a"), worktreesOf(root)];
    const repository = await findRepository(root);

    const copy = await openTargetAt(repository, "agent.json", "HEAD~1");
    expect(copy).toMatchObject({ commit: first, specFrom: "commit", path: "agent.json", linked: [] });
    expect(await outputOf(copy)).toBe("old");
    expect(existsSync(join(copy.repository.root, "mine.txt"))).toBe(false);
    expect(worktreesOf(root)).toHaveLength(3);
    await copy[Symbol.asyncDispose]();
    expect(existsSync(dirname(copy.repository.root))).toBe(false);
    expect([git(root, "status", "--porcelain"), git(root, "branch", "-a"), worktreesOf(root)]).toEqual(
      before,
    );
    expect(readFileSync(join(root, "answer.txt"), "utf8")).toBe("uncommitted");
  });

  it("takes the present file where the commit has none, and says so", async () => {
    const root = newRepository({ "answer.txt": "old" });
    writeFiles(root, { "agent.json": catTarget, "answer.txt": "new" });
    await using copy = await openTargetAt(await findRepository(root), "agent.json", "main");
    expect(copy.specFrom).toBe("working folder");
    expect(await outputOf(copy)).toBe("old");
  });

  it("reads its own file at that commit", async () => {
    const root = newRepository({ "agent.json": agentFile({ run: "echo first" }) });
    writeFiles(root, { "agent.json": agentFile({ run: "echo second" }) });
    await using copy = await openTargetAt(await findRepository(root), "agent.json", "HEAD");
    expect(await outputOf(copy)).toBe("first");
  });

  it("needs a commit that git knows", async () => {
    const repository = await findRepository(newRepository({ "agent.json": catTarget }));
    for (const ref of ["nowhere", "--help", "", "HEAD~9"]) {
      await expect(openTargetAt(repository, "agent.json", ref)).rejects.toMatchObject({
        code: "invalid_input",
      });
    }
    expect(worktreesOf(repository.root)).toHaveLength(1);
    await expect(openTargetAt(repository, "missing.json", "HEAD")).rejects.toThrow("does not exist");
    expect(worktreesOf(repository.root)).toHaveLength(1);
    const plain = await findRepository(newFolder({ "agent.json": catTarget }));
    await expect(openTargetAt(plain, "agent.json", "HEAD")).rejects.toThrow("needs a git repository");
  });

  it("runs no hook of the repository", async () => {
    const root = newRepository({ "agent.json": catTarget, "answer.txt": "x" });
    writeFiles(root, { ".git/hooks/post-checkout": "#!/bin/sh\ntouch hooked\n" });
    chmodSync(join(root, ".git/hooks/post-checkout"), 0o755);
    await using copy = await openTargetAt(await findRepository(root), "agent.json", "HEAD");
    expect(existsSync(join(copy.repository.root, "hooked"))).toBe(false);
  });

  it.runIf(process.platform === "linux")("is removed later when its process was killed", async () => {
    const root = newRepository({ "agent.json": catTarget, "answer.txt": "x" });
    mkdirSync(join(root, "node_modules"));
    writeFiles(root, { "node_modules/kept.js": "" });
    const source = `
      import { findRepository } from ${JSON.stringify(join(packageRoot, "src/targets/repository.ts"))};
      import { openTargetAt, snapshotTarget } from ${JSON.stringify(join(packageRoot, "src/targets/target-copy.ts"))};
      import { writeFileSync } from "node:fs";
      const repository = await findRepository(${JSON.stringify(root)});
      const at = await openTargetAt(repository, "agent.json", "HEAD");
      const now = await snapshotTarget(repository, "agent.json");
      writeFileSync("copies", at.repository.root + "\\n" + now.repository.root);
      setInterval(() => {}, 1000);`;
    const cwd = newFolder();
    const owner = spawn(process.execPath, ["--input-type=module", "-e", source], { cwd, stdio: "inherit" });
    onTestFinished(() => void owner.kill("SIGKILL"));
    const copies = (await textWhenThere(join(cwd, "copies"))).split("\n");
    const repository = await findRepository(root);
    // While it lives nobody touches its folders.
    await (await openTargetAt(repository, "agent.json", "HEAD"))[Symbol.asyncDispose]();
    await (await snapshotTarget(repository, "agent.json"))[Symbol.asyncDispose]();
    expect(copies.map((path) => existsSync(path))).toEqual([true, true]);
    const ended = new Promise((resolve) => owner.once("exit", resolve));
    owner.kill("SIGKILL");
    await ended;
    await (await openTargetAt(repository, "agent.json", "HEAD"))[Symbol.asyncDispose]();
    await (await snapshotTarget(repository, "agent.json"))[Symbol.asyncDispose]();
    expect(copies.map((path) => existsSync(path))).toEqual([false, false]);
    expect(worktreesOf(root)).toHaveLength(1);
    expect(readdirSync(join(root, "node_modules"))).toEqual(["kept.js"]);
  });
});

describe("a snapshot", () => {
  it("is the working folder as it was: uncommitted and untracked files, links, modes", async () => {
    const root = newRepository({
      "answer.txt": "committed",
      "agent.json": catTarget,
      "gone.txt": "",
      ".gitignore": "*.log\nsecrets.env\n",
      "bin/run.sh": "#!/bin/sh\n",
    });
    writeFiles(root, { "answer.txt": "edited", "sub/new ü.txt": "untracked", "run.log": "ignored" });
    rmSync(join(root, "gone.txt"));
    chmodSync(join(root, "bin/run.sh"), 0o755);
    symlinkSync("answer.txt", join(root, "relative"));
    symlinkSync(join(root, "answer.txt"), join(root, "absolute"));
    writeFiles(root, { "inner/x": "" });
    git(join(root, "inner"), "init", "-q");

    const copy = await snapshotTarget(await findRepository(root), "agent.json");
    expect(copy).toMatchObject({ files: 7, skipped: ["inner/"] });
    writeFiles(root, { "answer.txt": "edited again" });
    expect(await outputOf(copy)).toBe("edited");
    expect(readFileSync(join(copy.repository.root, "sub/new ü.txt"), "utf8")).toBe("untracked");
    expect(existsSync(join(copy.repository.root, "gone.txt"))).toBe(false);
    expect(existsSync(join(copy.repository.root, "run.log"))).toBe(false);
    expect(existsSync(join(copy.repository.root, ".git"))).toBe(false);
    expect(statSync(join(copy.repository.root, "bin/run.sh")).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(copy.repository.root, "relative"))).toBe("answer.txt");
    expect(readFileSync(join(copy.repository.root, "absolute"), "utf8")).toBe("edited");
    await copy[Symbol.asyncDispose]();
    expect(existsSync(copy.repository.root)).toBe(false);
    expect(readFileSync(join(root, "answer.txt"), "utf8")).toBe("edited again");
  });

  it("works without git", async () => {
    const root = newFolder({ "answer.txt": "here", "agent.json": catTarget, "node_modules/a/index.js": "" });
    await using copy = await snapshotTarget(await findRepository(root), "agent.json");
    expect(copy).toMatchObject({ files: 2, linked: ["node_modules"] });
    expect(await outputOf(copy)).toBe("here");
    expect(lstatSync(join(copy.repository.root, "node_modules")).isSymbolicLink()).toBe(true);
  });
});

describe("the version of a copy", () => {
  it("is that of the commit, or of the working folder, whatever is linked", async () => {
    const fields = { run: "cat answer.txt", envFile: "agent.env" };
    // Such a pattern takes a folder, and not the link to one.
    const root = newRepository({
      "answer.txt": "old",
      "agent.json": agentFile(fields),
      ".gitignore": "node_modules/\n",
    });
    writeFiles(root, {
      "answer.txt": "new",
      "more.txt": "",
      "agent.env": "A=1",
      "node_modules/dep/index.js": "",
    });
    symlinkSync(newFolder({ x: "" }), join(root, ".venv"));
    writeFiles(root, { ".git/info/exclude": ".venv\nagent.env\n" });
    const repository = await findRepository(root);
    const versionOf = async (copy: TargetCopy) => targetVersion(copy.spec, copy.repository, { host: {} });

    await using at = await openTargetAt(repository, "agent.json", "HEAD");
    expect(at.linked).toEqual(["node_modules", ".venv", "agent.env"]);
    expect(await versionOf(at)).toMatchObject({
      commit: at.commit,
      treeHash: git(root, "rev-parse", "HEAD^{tree}"),
      dirty: false,
    });
    await using now = await snapshotTarget(repository, "agent.json");
    const version = await targetVersion(now.spec, repository, { host: {} });
    expect(version.dirty).toBe(true);
    expect(await versionOf(now)).toEqual(version);
    writeFiles(root, { "answer.txt": "newer" });
    expect(await versionOf(now)).toEqual(version);
    writeFiles(now.repository.root, { "answer.txt": "edited" });
    expect((await versionOf(now)).treeHash).not.toBe(version.treeHash);
  });
});

describe("what a copy shares", () => {
  it("is dependencies, which survive it, and the envFile", async () => {
    const fields = { run: "cat node_modules/dep/index.js; echo $NAME", envFile: "config/agent.env" };
    const root = newRepository({ "agent.json": agentFile(fields), ".gitignore": "node_modules\n*.env\n" });
    writeFiles(root, { "node_modules/dep/index.js": "dep ", "config/agent.env": "NAME=Ada" });
    const copy = await openTargetAt(await findRepository(root), "agent.json", "HEAD");
    expect(copy).toMatchObject({ linked: ["node_modules", "config/agent.env"], environment: {} });
    expect(await outputOf(copy)).toBe("dep Ada");
    await copy[Symbol.asyncDispose]();
    expect(readFileSync(join(root, "node_modules/dep/index.js"), "utf8")).toBe("dep ");
  });

  it("does not lead back from workspace packages to the repository's code", async () => {
    const root = newRepository({
      "agent.json": agentFile({ run: ["node", "-e", "console.log(require('@shop/core') + require('dep'))"] }),
      "packages/core/index.js": "module.exports = 'old core, ';",
      ".gitignore": "node_modules\n",
    });
    writeFiles(root, { "packages/core/index.js": "module.exports = 'new core, ';" });
    writeFiles(root, {
      "node_modules/dep/index.js": "module.exports = 'dep';",
      "node_modules/@shop/x/y": "",
    });
    symlinkSync("../../packages/core", join(root, "node_modules/@shop/core"));
    await using copy = await openTargetAt(await findRepository(root), "agent.json", "HEAD");
    expect(await outputOf(copy)).toBe("old core, dep");
  });

  const python = pythonVersion();
  it.skipIf(python === null)(
    "does not lead back from editable installs of Python (skipped without python3)",
    async () => {
      const run = ["python3", "-S", "-c", PRINT_BOTH];
      const root = newRepository({
        "agent.json": agentFile({ run }),
        "src/flat/__init__.py": "SAYS = 'old'",
        "lib/found/__init__.py": "SAYS = 'old'",
        ".gitignore": ".venv\n",
      });
      const site = `.venv/lib/python${python}/site-packages`;
      writeFiles(root, {
        "src/flat/__init__.py": "SAYS = 'new'",
        "lib/found/__init__.py": "SAYS = 'new'",
        [`${site}/__editable__.flat.pth`]: `${root}/src\n`,
        [`${site}/__editable___found_finder.py`]: `MAPPING = {'found': '${root}/lib/found'}\n`,
      });
      await using copy = await openTargetAt(await findRepository(root), "agent.json", "HEAD");
      expect(copy.environment).toEqual({
        PYTHONPATH: `${copy.repository.root}/src:${copy.repository.root}/lib`,
      });
      expect(await outputOf(copy)).toBe("old old");
    },
  );
});

/** Does what an environment does at its start: lines of .pth files and finders come after PYTHONPATH. */
const PRINT_BOTH = `
import glob, sys
site = glob.glob(".venv/lib/python*/site-packages")[0]
sys.path.append(open(site + "/__editable__.flat.pth").read().strip())
import flat, found
print(flat.SAYS, found.SAYS)`;

function pythonVersion(): string | null {
  try {
    const print = "import sys; print('%d.%d' % sys.version_info[:2])";
    return execFileSync("python3", ["-c", print], { encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}
