import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { openApp } from "../app/open.ts";
import { invalidInput } from "../errors.ts";
import { AssessmentSource } from "../model/assessment.ts";
import type { FileReport, ImportReport } from "../telemetry/importers/report.ts";
import { runImport } from "../telemetry/importers/run-import.ts";
import { progressBar } from "./progress-bar.ts";

export interface ImportCommandOptions {
  readonly project?: string;
  readonly feedbackColumn?: readonly string[];
  readonly feedbackSource: string;
  readonly json?: boolean;
}

/** File names are the user's own, but may hold anything: control characters would steer the terminal. */
const plain = (text: string): string => text.replaceAll(/\p{C}/gu, "?");

function printFile(file: FileReport): void {
  const { traces, spans, feedback } = file.taken;
  const took = [`${traces} traces, ${spans} spans`, ...(feedback ? [`${feedback} feedback`] : [])].join(", ");
  console.log(`  ${plain(file.path)}: ${file.format ?? "not recognised"}${file.format ? `, ${took}` : ""}`);
  if (file.error) console.log(`    error: ${file.error}`);
  for (const { reason, count, lines } of file.skipped) {
    console.log(
      `    skipped ${count}: ${reason}${lines.length > 0 ? ` (first lines ${lines.join(", ")})` : ""}`,
    );
  }
}

function printReport(report: ImportReport, projectId: string): void {
  const { taken, files } = report;
  console.log(
    `Project ${projectId}: ${taken.traces} traces, ${taken.spans} spans, ${taken.sessions} sessions, ${taken.feedback} feedback` +
      ` from ${files.imported} of ${files.found} files.`,
  );
  for (const file of report.details) printFile(file);
  if (report.detailsOmitted > 0) console.log(`  and ${report.detailsOmitted} more files`);
  if (files.hidden > 0) console.log(`  ${files.hidden} hidden files and folders were passed over`);
  if (report.cancelled)
    console.log("Cancelled: the rest was not read. Repeat to go on; what is there is not doubled.");
}

/** `evalwright import`: in this process, with a bar; Ctrl-C stops it between two writes. */
export async function importCommand(paths: readonly string[], options: ImportCommandOptions): Promise<void> {
  const source = AssessmentSource.safeParse(options.feedbackSource);
  if (!source.success) {
    throw invalidInput(
      "--feedback-source is not one of the known",
      `Known: ${AssessmentSource.options.join(", ")}.`,
    );
  }
  const absolute = paths.map((path) => resolve(path));
  const missing = absolute.filter((path) => !existsSync(path));
  if (missing.length > 0) throw invalidInput(`No such file or folder: ${missing.slice(0, 3).join(", ")}`);
  const app = await openApp({ project: options.project, quiet: true });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const bar = progressBar();
  try {
    await app.store.records.ensureProject(app.project);
    const report = await runImport({
      store: app.store,
      projectId: app.project.id,
      paths: absolute,
      labels: { columns: options.feedbackColumn, source: source.data },
      signal: stop.signal,
      onProgress: ({ done, total }) => bar.show(done, total),
    });
    bar.clear();
    if (options.json) console.log(JSON.stringify(report));
    else printReport(report, app.project.id);
    if (report.files.imported === 0 || report.cancelled) process.exitCode = 1;
  } finally {
    bar.clear();
    await app.store[Symbol.asyncDispose]();
  }
}
