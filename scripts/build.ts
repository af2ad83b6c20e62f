import { chmod, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { ENTRIES, packageRoot } from "../src/runtime.ts";
import { toolSchema } from "../src/server/register-tools.ts";
import { tools } from "../tools/index.ts";
import { zodPayloads } from "./zod-payloads.ts";

/** Native or too large to gain from bundling; loaded from node_modules when first needed. */
const EXTERNAL = [
  "better-sqlite3",
  "@secretlint/*",
  "@grpc/grpc-js",
  "@pydantic/genai-prices",
  "yaml",
  "eld",
  "eld/*",
  "js-rouge",
];

const outdir = join(packageRoot, "dist");
const { metafile } = await build({
  metafile: true,
  absWorkingDir: packageRoot,
  entryPoints: Object.fromEntries(Object.entries(ENTRIES).map(([name, source]) => [name, source])),
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22.14",
  // Without keepNames: it names each function anew wherever one is made, in readers some thirty times a span.
  minify: true,
  external: EXTERNAL,
  plugins: [zodPayloads],
  define: {
    EVALWRIGHT_BUNDLED: "true",
    EVALWRIGHT_TOOL_SCHEMAS: JSON.stringify(
      Object.fromEntries(tools.map((tool) => [tool.name, toolSchema(tool)])),
    ),
  },
  // CommonJS packages inside the bundle call require(); ESM has none.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  chunkNames: "chunks/[name]-[hash]",
  logLevel: "warning",
});
await chmod(join(outdir, "evalwright.js"), 0o755);
// What was there before goes at the end: a host may be starting a server from it.
const written = new Set(Object.keys(metafile.outputs).map((path) => join(packageRoot, path)));
for (const entry of await readdir(outdir, { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath, entry.name);
  if (entry.isFile() && !written.has(path)) await rm(path);
}
