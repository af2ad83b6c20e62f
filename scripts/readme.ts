import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../src/runtime.ts";
import { insertToolTable } from "./tool-table.ts";

// Renews the part of README.md that is generated from the tool schemas; test/house.test.ts checks that it is fresh.
const file = join(packageRoot, "README.md");
writeFileSync(file, insertToolTable(readFileSync(file, "utf8")));
