#!/usr/bin/env node
// As a whole: a name that an older Node lacks would end it with a SyntaxError before the sentence below.
import nodeModule from "node:module";

// Loads nothing native and nothing of ours before it knows that this Node can: better-sqlite3 13 crashes older ones.
const napi = Number(process.versions["napi"] ?? 0);
if (napi < 10) {
  process.stderr.write(
    `Evalwright needs Node.js 22.14 or newer (Node-API 10); this is Node.js ${process.versions.node} with Node-API ${napi}.\n`,
  );
  process.exitCode = 1;
} else {
  // Compiled code is kept for the next start: hosts start the server for every session.
  nodeModule.enableCompileCache();
  await start();
}

async function start(): Promise<void> {
  if (process.argv.length === 2) {
    const { serve } = await import("./serve.ts");
    await serve({});
  } else {
    const { main } = await import("./main.ts");
    await main(process.argv);
  }
}
