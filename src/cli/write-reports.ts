import { writeOutput } from "./write-output.ts";

/** Writes a report to each of the files, as HTML where their names end so, else as Markdown. */
export async function writeReports(
  paths: readonly string[],
  make: (format: "html" | "markdown") => string | Promise<string>,
): Promise<void> {
  for (const path of paths) await writeOutput(path, await make(/\.html?$/i.test(path) ? "html" : "markdown"));
}
