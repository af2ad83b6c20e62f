import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import { loadTarget } from "../../src/targets/load.ts";
import { findRepository } from "../../src/targets/repository.ts";
import { newFolder, newRepository, writeFiles } from "./fixtures.ts";

/** What the error says, as every door reports it. */
const refusal = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => new Error("it did not fail"),
    (cause: unknown) => cause,
  );
  if (!(error instanceof AppError)) throw error;
  return error.describe();
};

async function loadText(text: string, name = "agent.yaml") {
  const folder = newFolder({ [name]: text });
  return loadTarget(name, await findRepository(folder));
}

describe("a target file", () => {
  it("is YAML or JSON by its content, and says the least", async () => {
    const yaml = await loadText("kind: command\nrun: [python3, agent.py]\n");
    const json = await loadText('{"kind": "command", "run": ["python3", "agent.py"]}');
    expect(json).toEqual(yaml);
    expect(yaml).toEqual({
      path: "agent.yaml",
      spec: {
        kind: "command",
        run: ["python3", "agent.py"],
        timeoutMs: 120_000,
        concurrency: 4,
        sideEffects: "none",
        maxOutputBytes: 1_048_576,
        env: [],
        link: ["node_modules", ".venv"],
      },
    });
  });

  it("takes a reset as a command or with its moment", async () => {
    const short = await loadText("kind: worker\nrun: node agent.js\nreset: [./reset.sh]\n");
    expect(short.spec).toMatchObject({
      reset: { run: ["./reset.sh"], before: "example", timeoutMs: 60_000 },
    });
    const long = await loadText("kind: http\nurl: http://localhost:1\nreset: {run: x, before: evaluation}\n");
    expect(long.spec).toMatchObject({ reset: { run: "x", before: "evaluation" } });
  });

  it.each([
    ["kind: command\nrun: x\ntimeout: 3\n", /unknown field "timeout" \(did you mean "timeoutMs"\?\)/],
    ["kind: command\nrun: 3\n", /"run": must be a list like/],
    ["kind: command\nrun: []\n", /"run": must be a list like/],
    ["kind: command\nrun: x\ncwd: ../elsewhere\n", /"cwd": must be a path relative to the root/],
    ["kind: command\nrun: x\nenvFile: /etc/passwd\n", /"envFile": must be a path relative to the root/],
    ["kind: command\nrun: x\nenv: [A=1]\n", /"env.0": must be the name of an environment variable/],
    ["kind: http\nurl: ftp://example.com\n", /"url": must be an http or https URL/],
    ["kind: prompt\nmodel: m\n", /"prompt": must be a text, or a list/],
    ["kind: comand\nrun: x\n", /unknown "kind"\. Allowed: command, worker, http, prompt, recorded\./],
    ["run: x\n", /has no "kind"/],
    ["- kind\n", /holds no fields/],
    ["", /holds no fields/],
    ["kind: command\n\trun: x\n", /neither JSON nor YAML \(line 2\)/],
    ["kind: command\nkind: http\n", /neither JSON nor YAML \(line 2\)/],
  ])("that is wrong is explained: %j", async (text, expected) => {
    const said = await refusal(loadText(text));
    expect(said).toMatch(/^invalid_input: /);
    expect(said).toMatch(expected);
  });

  it("lists what its kind takes", async () => {
    expect(await refusal(loadText("kind: prompt\nmodel: m\nprompt: hi\nrun: x\n"))).toContain(
      "A target of kind prompt takes: kind, prompt, model, settings, name, timeoutMs,",
    );
  });

  it("is found from any folder of the repository and named from its root", async () => {
    const root = newRepository({ "agents/support/agent.yaml": "kind: command\nrun: x\n" });
    const repository = await findRepository(join(root, "agents/support"));
    expect(repository).toEqual({ root, git: true });
    const loaded = await loadTarget("agents/support/agent.yaml", repository);
    expect(loaded.path).toBe("agents/support/agent.yaml");
    expect(await loadTarget(join(root, "agents/support/agent.yaml"), repository)).toEqual(loaded);
  });

  it("must be inside, whatever its path or a link says", async () => {
    const outside = newFolder({ "agent.yaml": "kind: command\nrun: x\n" });
    const folder = newFolder();
    const repository = await findRepository(folder);
    expect(repository).toEqual({ root: folder, git: false });
    symlinkSync(join(outside, "agent.yaml"), join(folder, "linked.yaml"));
    symlinkSync(outside, join(folder, "linked"));
    for (const path of ["linked.yaml", "linked/agent.yaml", join(outside, "agent.yaml")]) {
      expect(await refusal(loadTarget(path, repository))).toContain("is outside the repository");
    }
    expect(await refusal(loadTarget("missing.yaml", repository))).toContain("does not exist");
    expect(await refusal(loadTarget(".", repository))).toContain("is not a file");
    writeFiles(folder, { "real.yaml": "kind: command\nrun: x\n" });
    symlinkSync(join(folder, "real.yaml"), join(folder, "alias.yaml"));
    expect((await loadTarget("alias.yaml", repository)).path).toBe("real.yaml");
  });
});
