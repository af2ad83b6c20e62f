import { markdownTable, plain } from "../../evaluation/report/markdown.ts";
import { beginning, REASONS, scoreText } from "../campaign/event-words.ts";
import type { StoredEntry } from "../campaign/events.ts";
import { fenced } from "../campaign/proposal-markdown.ts";
import { reportDiffs } from "./report-diffs.ts";
import type { ReportFacts } from "./report-facts.ts";
import {
  ATTEMPT_COLUMNS,
  attemptRows,
  budgetRows,
  lengthSentence,
  limitLines,
  SCORE_COLUMNS,
  scoreTable,
  setupRows,
  stopSentence,
  verdictSentence,
} from "./report-rows.ts";

const TREE_CHARS = 80;

/** The lineage as indented lines; rejected edits counted by reason. */
function tree(facts: ReportFacts): string {
  const rejections = facts.events.flatMap((event) => (event.kind === "rejected" ? [event.edit] : []));
  const lines: string[] = [];
  const visit = (entry: StoredEntry, depth: number): void => {
    const { index, estimate, hypothesis, parents } = entry;
    const marks = [
      ...(facts.chosen?.index === index ? ["chosen"] : []),
      ...(parents.length > 1 ? [`merged with ${parents[1]}`] : []),
    ];
    const what = index === 0 ? "seed" : beginning(hypothesis ?? "", TREE_CHARS);
    lines.push(
      `${"  ".repeat(depth)}${index}  ${scoreText(estimate)}${marks.length > 0 ? ` [${marks.join(", ")}]` : ""}  ${what}`,
    );
    const own = Map.groupBy(
      rejections.filter(({ parent }) => parent === index),
      ({ reason }) => reason,
    );
    for (const [reason, edits] of own)
      lines.push(`${"  ".repeat(depth + 1)}x  ${edits.length} rejected: ${REASONS[reason] ?? reason}`);
    for (const child of facts.pool.filter((one) => one.parents[0] === index)) visit(child, depth + 1);
  };
  const [seed] = facts.pool;
  if (seed) visit(seed, 0);
  return lines.join("\n");
}

/** A campaign's report for a file beside the code, or a comment of a pull request. */
export function campaignMarkdown(facts: ReportFacts): string {
  const { optimization } = facts;
  const scores = scoreTable(facts);
  const attempts = attemptRows(facts);
  const sentences = [stopSentence(facts), lengthSentence(facts)].filter((one) => one !== null);
  return `${[
    `# Campaign ${optimization.id}`,
    plain(verdictSentence(facts)),
    ...(sentences.length > 0 ? [plain(sentences.join(" "))] : []),
    ...(scores.length > 0 ? [markdownTable(SCORE_COLUMNS, scores)] : []),
    `## Limits\n\n${limitLines(facts)
      .map((line) => `- ${plain(line)}`)
      .join("\n")}`,
    ...(facts.pool.length > 0 ? [`## Lineage\n\n${fenced("text", tree(facts))}`] : []),
    ...(attempts.length > 0 ? [`## What was tried\n\n${markdownTable(ATTEMPT_COLUMNS, attempts)}`] : []),
    ...reportDiffs(facts).map(({ name, text }) => `## Change: ${plain(name)}\n\n${fenced("diff", text)}`),
    `## Setup\n\n${markdownTable(["what", "value"], setupRows(facts))}`,
    `## Budget\n\n${markdownTable(["what", "used", "limit"], budgetRows(facts))}`,
  ].join("\n\n")}\n`;
}
