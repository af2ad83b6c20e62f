import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { packageRoot } from "../src/runtime.ts";

// npm compiles every package that has a binding.gyp unless the lock file itself says `gypfile: false`; it forgets the
// package's own word for it. Ours bring binaries, and a newcomer may have neither Python nor a compiler.
const Lock = z.record(z.string(), z.unknown());
const Packages = z.record(z.string(), z.looseObject({}));
const file = join(packageRoot, "package-lock.json");
const lock = Lock.parse(JSON.parse(readFileSync(file, "utf8")));
const packages = Packages.parse(lock["packages"]);
for (const [path, entry] of Object.entries(packages)) {
  if (existsSync(join(packageRoot, path, "binding.gyp"))) entry.gypfile = false;
}
writeFileSync(file, `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
