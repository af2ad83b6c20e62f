#!/usr/bin/env node
// Loads nothing native and nothing of ours before it knows that this Node can: better-sqlite3 13 crashes older ones.
const napi = Number(process.versions["napi"] ?? 0);
if (napi < 10) {
  process.stderr.write(
    `Evalwright needs Node.js 22.14 or newer (Node-API 10); this is Node.js ${process.versions.node} with Node-API ${napi}.\n`,
  );
  process.exitCode = 1;
} else if (process.argv.length === 2) {
  const { serve } = await import("./serve.ts");
  await serve({});
} else {
  const { main } = await import("./main.ts");
  await main(process.argv);
}
