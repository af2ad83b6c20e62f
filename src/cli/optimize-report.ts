import { campaignReport } from "../optimization/report/campaign-report.ts";
import { withApp } from "./with-app.ts";
import { writeReports } from "./write-reports.ts";

export interface OptimizeReportOptions {
  readonly project?: string;
  readonly out?: readonly string[];
}

/** `evalwright optimize report OP`: writes files, by their endings; without one Markdown to stdout. */
export async function optimizeReportCommand(
  id: string,
  { project, out = [] }: OptimizeReportOptions,
): Promise<void> {
  await withApp({ project }, async (context) => {
    if (out.length === 0) process.stdout.write(await campaignReport(context, id, "markdown"));
    await writeReports(out, (format) => campaignReport(context, id, format));
  });
}
