import { escapeHtml } from "../../evaluation/report/html.ts";
import { beginning, oneLine, REASONS, scoreText } from "../campaign/event-words.ts";
import type { StoredEntry, StoredRejection } from "../campaign/events.ts";
import type { ReportFacts } from "./report-facts.ts";

const LANE = 26;
const ROW = 30;
const LEAF = 11;
const LEAVES_IN_A_LINE = 24;
const TEXT_CHARS = 78;
const BAR = 90;
const WIDTH = 900;

interface Placed {
  readonly entry: StoredEntry;
  readonly x: number;
  readonly y: number;
  readonly rejected: readonly StoredRejection[];
}

const childrenOf = (pool: readonly StoredEntry[], index: number): readonly StoredEntry[] =>
  pool.filter(({ parents }) => parents[0] === index);

/** Each candidate below its parent, deeper ones further right; its rejected edits in lines of dots below it. */
function place(pool: readonly StoredEntry[], rejections: readonly StoredRejection[]) {
  const placed: Placed[] = [];
  let y = ROW / 2;
  const visit = (entry: StoredEntry, depth: number): void => {
    const rejected = rejections.filter(({ parent }) => parent === entry.index);
    placed.push({ entry, x: LANE / 2 + depth * LANE, y, rejected });
    y += ROW + Math.ceil(rejected.length / LEAVES_IN_A_LINE) * LEAF;
    for (const child of childrenOf(pool, entry.index)) visit(child, depth + 1);
  };
  const [seed] = pool;
  if (seed) visit(seed, 0);
  return { placed, height: y };
}

/** Down from the parent, then right to the child; of a merge's second parent dashed. */
const edge = (from: Placed, to: Placed, isSecond: boolean): string =>
  `<path d="M${from.x} ${from.y} V${to.y} H${to.x}" class="edge"${isSecond ? ' stroke-dasharray="3 3"' : ""}/>`;

const leaf = ({ x, y }: Placed, edit: StoredRejection, i: number): string => {
  const [cx, cy] = [x + 16 + (i % LEAVES_IN_A_LINE) * LEAF, y + 17 + Math.floor(i / LEAVES_IN_A_LINE) * LEAF];
  const title = `rejected: ${REASONS[edit.reason] ?? edit.reason}${edit.hypothesis === null ? "" : `. ${oneLine(edit.hypothesis)}`}`;
  return `<circle cx="${cx}" cy="${cy}" r="3" class="leaf"><title>${escapeHtml(title)}</title></circle>`;
};

function node({ entry, x, y }: Placed, textX: number, facts: ReportFacts): string {
  const { index, estimate, hypothesis, coverage } = entry;
  const isChosen = facts.chosen?.index === index;
  const kind = isChosen ? "chosen" : facts.frontier.has(index) ? "front" : "kept";
  const score = estimate ?? 0;
  const what = index === 0 ? "the seed" : beginning(hypothesis ?? "", TEXT_CHARS);
  const part = coverage < 1 ? `, on ${Math.round(coverage * 100)} % of the validation` : "";
  return [
    `<circle cx="${x}" cy="${y}" r="7" class="${kind}"><title>${escapeHtml(`candidate ${index}: ${scoreText(estimate)}${part}`)}</title></circle>`,
    `<text x="${textX}" y="${y + 4}"${isChosen ? ' font-weight="700"' : ""}>${index}</text>`,
    `<rect x="${textX + 30}" y="${y - 6}" width="${BAR}" height="12" class="track"/>`,
    `<rect x="${textX + 30}" y="${y - 6}" width="${Math.max(0, Math.min(1, score)) * BAR}" height="12" class="good"${coverage < 1 ? ' opacity="0.55"' : ""}/>`,
    `<text x="${textX + 36 + BAR}" y="${y + 4}">${escapeHtml(scoreText(estimate))}</text>`,
    `<text x="${textX + 80 + BAR}" y="${y + 4}" class="quiet">${escapeHtml(what)}</text>`,
  ].join("");
}

/** The candidates as a tree with their validation scores; rejected edits as small leaves. */
export function lineageChart(facts: ReportFacts): string {
  const { events, pool } = facts;
  const rejections = events.flatMap((event) => (event.kind === "rejected" ? [event.edit] : []));
  const { placed, height } = place(pool, rejections);
  if (placed.length === 0) return "";
  const byIndex = new Map(placed.map((one) => [one.entry.index, one]));
  const edges = placed.flatMap((one) =>
    one.entry.parents.flatMap((parent, i) => {
      const from = byIndex.get(parent);
      return from ? [edge(from, one, i > 0)] : [];
    }),
  );
  const widest = Math.max(...placed.map(({ x }) => x));
  const textX = widest + 22;
  const width = Math.max(WIDTH, textX + 640);
  const title =
    "Lineage: candidates with their validation scores. Dark: the candidate of this report; filled: best at some example; small: rejected edits. Pale bars: seen on part of the validation.";
  const body = [
    ...edges,
    ...placed.flatMap((one) => one.rejected.map((edit, i) => leaf(one, edit, i))),
    ...placed.map((one) => node(one, textX, facts)),
  ];
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><div class="wide"><svg viewBox="0 0 ${width} ${height}" style="max-width:none;width:${width}px" role="img" aria-label="${escapeHtml(title)}">${body.join("")}</svg></div></figure>`;
}
