import { writeFile } from "node:fs/promises";
import { contextFor } from "../app/app.ts";
import { openApp } from "../app/open.ts";
import { campaignReport } from "../optimization/report/campaign-report.ts";
import { IDLE } from "./ended-evaluation.ts";

export interface OptimizeReportOptions {
  readonly project?: string;
  readonly out?: readonly string[];
}

/** `evalwright optimize report OP`: writes files, by their endings; without one Markdown to stdout. */
export async function optimizeReportCommand(
  id: string,
  { project, out = [] }: OptimizeReportOptions,
): Promise<void> {
  const app = await openApp({ project, quiet: true });
  try {
    const context = await contextFor(app, undefined, IDLE);
    if (out.length === 0) process.stdout.write(await campaignReport(context, id, "markdown"));
    for (const path of out)
      await writeFile(path, await campaignReport(context, id, /\.html?$/i.test(path) ? "html" : "markdown"));
  } finally {
    await app.store[Symbol.asyncDispose]();
  }
}
