import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An agent that answers at once: what it is asked, turned around, or what the example tells it to do. */
const WORKER = `
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { id, inputs } = JSON.parse(line);
  const said = inputs.message;
  if (said.includes("crash")) process.exit(3);
  const output = said.includes("silent") ? "" : "You asked: " + said;
  process.stdout.write(JSON.stringify({ id, output }) + "\\n");
}
`;

/** A repository of its own with a target file and its agent, committed. */
export function makeRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-repository-"));
  writeFileSync(join(folder, "agent.mjs"), WORKER);
  writeFileSync(
    join(folder, "agent.yaml"),
    `kind: worker\nrun: [${JSON.stringify(process.execPath)}, agent.mjs]\ntimeoutMs: 20000\nconcurrency: 2\n`,
  );
  const git = (...args: string[]) =>
    execFileSync("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@example.org", ...args]);
  git("init", "-q");
  git("add", "-A");
  git("commit", "-qm", "agent");
  return folder;
}
