import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import { keepPrompt } from "../../src/registry/save.ts";
import { openStore } from "../../src/store/open.ts";
import { startCollector } from "../../src/telemetry/collector/collector.ts";
import { DOGS } from "../registry/texts.ts";
import { readGuide } from "./guide.ts";
import { temporaryPackage } from "./run-guide.ts";

const run = promisify(execFile);
const TEXT = Object.values(DOGS).join("\n");

/** The guide's code against a collector that has the prompt, and again when the collector is gone. */
async function runBoth(language: "ts" | "python", file: string, call: string, program: string) {
  const folder = temporaryPackage();
  const log = pino({ level: "silent" });
  const store = await openStore(join(folder, "evalwright.db"), log);
  onTestFinished(() => store[Symbol.asyncDispose]());
  const collector = await startCollector({ store, storeId: "guides", httpPort: 0, grpcPort: null, log });
  onTestFinished(() => collector.close());
  await keepPrompt({ store, project: { id: "shop", slug: "shop" } }, { name: "support", text: TEXT });
  const guide = readGuide("prompt-registry", "shop", collector.status().httpUrl ?? "");
  writeFileSync(join(folder, file), `${guide.blocks(language).join("\n")}\n${call}\n`);
  writeFileSync(join(folder, "copy.md"), "the copy\r\n");
  const ask = async () => JSON.parse((await run(program, [file], { cwd: folder })).stdout);
  const there = await ask();
  await collector.close();
  return { there, away: await ask() };
}

const hasPython = await run("python3", ["--version"]).then(
  () => true,
  () => false,
);

describe("the guide prompt-registry", () => {
  it("TypeScript: loads the text that was saved, and the copy when the server is away", async () => {
    const call =
      'const p = await loadPrompt("support@1", "copy.md"); console.log(JSON.stringify([p.reference, p.text]));';
    const { there, away } = await runBoth("ts", "agent.ts", call, process.execPath);
    expect(there).toEqual(["support@1", TEXT]);
    expect(away).toEqual(["support@local", "the copy\r\n"]);
  });

  it.skipIf(!hasPython)("Python: the same (skipped where there is no python3)", async () => {
    const call = 'print(json.dumps(load_prompt("support@1", "copy.md")))';
    const { there, away } = await runBoth("python", "agent.py", call, "python3");
    expect(there).toEqual(["support@1", TEXT]);
    expect(away).toEqual(["support@local", "the copy\r\n"]);
  });
});
