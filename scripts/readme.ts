import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../src/runtime.ts";
import { judgesDoc } from "./judges-doc.ts";
import { insertToolTable } from "./tool-table.ts";

// Renews what is generated: the tool table of README.md from the tool schemas, docs/judges.md from the catalogue.
// test/house.test.ts checks that both are fresh.
const file = join(packageRoot, "README.md");
writeFileSync(file, insertToolTable(readFileSync(file, "utf8")));
writeFileSync(join(packageRoot, "docs", "judges.md"), judgesDoc());
