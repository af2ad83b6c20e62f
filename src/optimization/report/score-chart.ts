import { escapeHtml } from "../../evaluation/report/html.ts";
import { scoreText } from "../campaign/event-words.ts";
import type { ReportFacts } from "./report-facts.ts";

const [WIDTH, HEIGHT] = [720, 240];
const [LEFT, RIGHT, TOP, BOTTOM] = [50, 16, 12, 34];
const GRID = 4;

interface Point {
  readonly cases: number;
  readonly best: number;
}

/** The best score so far after each event that has one. */
const pointsOf = ({ events }: ReportFacts): Point[] =>
  events.flatMap(({ progress: { rollouts, best } }) => (best === null ? [] : [{ cases: rollouts, best }]));

/** A step line: a score holds until the next one. */
function stepPath(
  points: readonly Point[],
  x: (cases: number) => number,
  y: (score: number) => number,
): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const steps = rest.map(({ cases, best }) => `H${x(cases)} V${y(best)}`);
  return `<path d="M${x(first.cases)} ${y(first.best)} ${steps.join(" ")}" class="line"/>`;
}

/** Best validation score over the cases that were run; kept candidates as dots, rejected edits as ticks below. */
export function scoreChart(facts: ReportFacts): string {
  const points = pointsOf(facts);
  const last = facts.events.at(-1)?.progress.rollouts ?? 0;
  if (points.length === 0 || last === 0) return "";
  const kept = facts.events.flatMap((event) =>
    (event.kind === "accepted" || event.kind === "validated") && event.entry.estimate !== null
      ? [
          {
            index: event.entry.index,
            cases: event.progress.rollouts,
            score: event.entry.estimate,
            isNew: event.kind === "accepted",
          },
        ]
      : [],
  );
  const scores = [...points.map(({ best }) => best), ...kept.map(({ score }) => score)];
  const low = Math.max(0, Math.floor(Math.min(...scores) * 10 - 0.5) / 10);
  const high = Math.min(1, Math.ceil(Math.max(...scores) * 10 + 0.5) / 10);
  const x = (cases: number) => LEFT + (cases / last) * (WIDTH - LEFT - RIGHT);
  const y = (score: number) =>
    HEIGHT - BOTTOM - ((score - low) / Math.max(0.1, high - low)) * (HEIGHT - TOP - BOTTOM);
  const grid = Array.from({ length: GRID + 1 }, (_, i) => low + ((high - low) * i) / GRID).map(
    (score) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(score)}" y2="${y(score)}" class="grid"/><text x="${LEFT - 6}" y="${y(score) + 4}" text-anchor="end">${Math.round(score * 100) / 100}</text>`,
  );
  const ticks = facts.events.flatMap((event) =>
    event.kind === "rejected"
      ? [
          `<line x1="${x(event.progress.rollouts)}" x2="${x(event.progress.rollouts)}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM + 7}" class="tick"/>`,
        ]
      : [],
  );
  const dots = kept.map(
    ({ index, cases, score, isNew }) =>
      `<circle cx="${x(cases)}" cy="${y(score)}" r="4" class="${!isNew ? "kept" : facts.chosen?.index === index ? "chosen" : "front"}"><title>candidate ${index}: ${escapeHtml(scoreText(score))}</title></circle>`,
  );
  const axis = [0, 0.5, 1].map(
    (share) =>
      `<text x="${x(last * share)}" y="${HEIGHT - 10}" text-anchor="${share === 0 ? "start" : share === 1 ? "end" : "middle"}">${Math.round(last * share)}${share === 1 ? " cases" : ""}</text>`,
  );
  const title =
    "Best validation score over the cases that were run; dots: kept candidates, rings: seen on more of the validation, ticks: rejected edits";
  return `<figure><figcaption>${title}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" style="max-width:${WIDTH}px" role="img" aria-label="${title}">${[...grid, ...ticks, stepPath(points, x, y), ...dots, ...axis].join("")}</svg></figure>`;
}
