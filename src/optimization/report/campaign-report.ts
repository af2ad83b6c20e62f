import type { Context } from "../../context.ts";
import type { ReportFormat } from "../../evaluation/report/evaluation-report.ts";
import { campaignMarkdown } from "./campaign-markdown.ts";
import { campaignPage } from "./campaign-page.ts";
import { reportFacts } from "./report-facts.ts";

/**
 * A campaign's report, ended or not: verdict, scores with intervals, limits, lineage, all attempts with whether their
 * hypotheses held, the change, setup and budget. Markdown, or one self-contained HTML page.
 * @throws AppError `not_found` for a campaign that is not there.
 */
export async function campaignReport(
  context: Pick<Context, "store" | "project">,
  id: string,
  format: ReportFormat,
): Promise<string> {
  const facts = await reportFacts(context, id);
  return format === "html" ? campaignPage(facts) : campaignMarkdown(facts);
}
