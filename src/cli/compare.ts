import { writeFile } from "node:fs/promises";
import { contextFor } from "../app/app.ts";
import { renderAnswer } from "../app/call-tool.ts";
import { openApp } from "../app/open.ts";
import { compare, comparisonAnswer } from "../evaluation/comparisons.ts";
import { printAnswer } from "./print.ts";

export interface CompareOptions {
  readonly project?: string;
  readonly primary?: string;
  readonly alpha?: number;
  readonly margin?: number;
  readonly report?: readonly string[];
  readonly json?: boolean;
}

const EXIT = { better: 0, equivalent: 0, worse: 1, inconclusive: 2 } as const;

/**
 * `evalwright compare BASELINE CANDIDATE`.
 * @returns the exit code: 0 better or equivalent, 1 worse, 2 not shown either way.
 */
export async function compareCommand(
  baseline: string,
  candidate: string,
  options: CompareOptions,
): Promise<number> {
  const app = await openApp({ project: options.project, quiet: true });
  try {
    const context = await contextFor(app, undefined, {
      signal: new AbortController().signal,
      progress: () => undefined,
    });
    const { primary, alpha, margin } = options;
    const comparison = await compare(context, { baseline, candidate, primary, alpha, margin });
    for (const path of options.report ?? []) {
      const { comparisonReport } = await import("../evaluation/report/comparison-report.ts");
      await writeFile(path, comparisonReport(comparison, /\.html?$/i.test(path) ? "html" : "markdown"));
    }
    if (options.json) console.log(JSON.stringify(comparison));
    else printAnswer(renderAnswer(comparisonAnswer(comparison)));
    return EXIT[comparison.verdict];
  } finally {
    await app.store[Symbol.asyncDispose]();
  }
}
