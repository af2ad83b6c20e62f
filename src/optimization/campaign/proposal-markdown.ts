import type { Json } from "../../model/json.ts";
import type { Proposal } from "../../model/proposal.ts";
import { changeDiff, measureRows, scoreRows } from "./proposals.ts";

const VERDICTS = {
  better: "Better",
  not_shown: "Not shown",
  worse: "Worse",
  not_verified: "Not verified",
} as const;

const cell = (value: Json): string =>
  value === null
    ? ""
    : String(typeof value === "object" ? JSON.stringify(value) : value).replaceAll("|", "\\|");

const table = (columns: readonly string[], rows: readonly Json[][]): string =>
  [columns, columns.map(() => "---"), ...rows.map((row) => row.map(cell))]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");

/** A fence longer than any in the text, so that the text cannot end it. */
export function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, "")}\n${fence}`;
}

/** One line that no markup of its own can break out of. */
const quoted = (text: string): string => `> ${text.replaceAll(/\s+/g, " ").trim()}`;

/** A body fit for a pull request: verdict, evidence, limits, diff. Hypothesis and diffs are text of a model. */
export function proposalMarkdown({ id, optimizationId, body }: Proposal): string {
  const { verdict, sentence, hypothesis, changes, patch, length, limits, flips, look } = body;
  const measures = measureRows(body);
  const diffs = changes.map(
    (change) => `### \`${change.component}\`\n\n${fenced("diff", changeDiff(change))}`,
  );
  return [
    `## ${VERDICTS[verdict]}: proposal ${id}`,
    sentence,
    ...(hypothesis === null ? [] : [quoted(hypothesis)]),
    table(["split", "seed", "candidate"], scoreRows(body)),
    ...(measures.length === 0
      ? []
      : [table(["measure", "n", "seed", "candidate", "interval of the difference"], measures)]),
    `Length: ${length.before} to ${length.after} characters. Outside the holdout ${flips.gained.length} examples gained, ${flips.lost.length} lost.${look === null ? "" : ` Look ${look} at these sealed examples.`}`,
    ...(limits.length === 0 ? [] : [`**Limits**\n\n${limits.map((limit) => `- ${limit}`).join("\n")}`]),
    ...diffs,
    ...(patch === null ? [] : [`### Files\n\n${fenced("diff", patch)}`]),
    `Campaign ${optimizationId}; made by Evalwright.`,
  ].join("\n\n");
}
