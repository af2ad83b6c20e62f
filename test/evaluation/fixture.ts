import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRepositoryOf, writeFiles } from "../targets/fixtures.ts";

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

/** A target file for a program of its folder that answers over lines. */
export const targetFile = (program: string): string =>
  `kind: worker\nrun: [${JSON.stringify(process.execPath)}, ${program}]\ntimeoutMs: 20000\nconcurrency: 2\n`;

/** A repository of its own, committed, whose `agent.yaml` runs its `agent.mjs`; whoever asks removes it. */
export function newAgentRepository(
  files: Readonly<Record<"agent.mjs", string> & Record<string, string>>,
): string {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-repository-"));
  writeFiles(folder, { ...files, "agent.yaml": targetFile("agent.mjs") });
  makeRepositoryOf(folder);
  return folder;
}

export const makeRepository = (): string => newAgentRepository({ "agent.mjs": WORKER });
