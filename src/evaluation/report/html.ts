import type { Json } from "../../model/json.ts";
import { rounded } from "../words.ts";

export const escapeHtml = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");

const cell = (value: Json): string =>
  escapeHtml(value === null ? "" : typeof value === "string" ? value : JSON.stringify(value));

export const htmlTable = (columns: readonly string[], rows: readonly (readonly Json[])[]): string =>
  `<div class="wide"><table><thead><tr>${columns.map((name) => `<th>${cell(name)}</th>`).join("")}</tr></thead><tbody>${rows
    .map((row) => `<tr>${row.map((value) => `<td>${cell(value)}</td>`).join("")}</tr>`)
    .join("")}</tbody></table></div>`;

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Interval on the same scale, drawn as a line. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

const WIDTH = 640;
const ROW = 24;
const LEFT = 220;

/** Horizontal bars on a scale from `min` to `max`, intervals as lines; a zero line where the scale crosses it. */
export function barChart(title: string, bars: readonly Bar[], min: number, max: number): string {
  if (bars.length === 0 || max <= min) return "";
  const x = (value: number) =>
    LEFT + ((Math.min(max, Math.max(min, value)) - min) / (max - min)) * (WIDTH - LEFT - 60);
  const origin = x(Math.max(min, 0));
  const rows = bars.map(({ label, value, low, high }, i) => {
    const y = i * ROW + 6;
    const [from, to] = [Math.min(origin, x(value)), Math.max(origin, x(value))];
    const whisker =
      low === undefined || high === undefined
        ? ""
        : `<line x1="${x(low)}" x2="${x(high)}" y1="${y + 7}" y2="${y + 7}" class="whisker"/>`;
    return `<text x="${LEFT - 8}" y="${y + 11}" text-anchor="end">${escapeHtml(label.slice(0, 34))}</text><rect x="${from}" y="${y}" width="${Math.max(1, to - from)}" height="14" class="${value < 0 ? "bad" : "good"}"/>${whisker}<text x="${WIDTH - 50}" y="${y + 11}">${rounded(value)}</text>`;
  });
  const height = bars.length * ROW + 10;
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}"><line x1="${origin}" x2="${origin}" y1="0" y2="${height}" class="axis"/>${rows.join("")}</svg></figure>`;
}

/** Points with their names: what it costs against how good it is. */
function scatter(
  title: string,
  axes: { readonly x: string; readonly y: string },
  points: readonly { readonly label: string; readonly x: number; readonly y: number }[],
): string {
  const dearest = Math.max(0, ...points.map((point) => point.x));
  const most = dearest * 1.15;
  if (points.length === 0 || most === 0) return "";
  const ticks = [
    `<text x="52" y="24" text-anchor="end">1</text><text x="52" y="214" text-anchor="end">0</text>`,
    `<text x="60" y="226">0</text><text x="${60 + (WIDTH - 120) / 1.15}" y="226" text-anchor="middle">${rounded(dearest)}</text>`,
  ];
  const dots = points.map(({ label, x, y }) => {
    const [cx, cy] = [60 + (x / most) * (WIDTH - 120), 210 - Math.min(1, Math.max(0, y)) * 190];
    return `<circle cx="${cx}" cy="${cy}" r="5" class="good"/><text x="${cx + 8}" y="${cy + 4}">${escapeHtml(label)}</text>`;
  });
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><svg viewBox="0 0 ${WIDTH} 244" role="img" aria-label="${escapeHtml(title)}"><line x1="60" x2="${WIDTH - 40}" y1="210" y2="210" class="axis"/><line x1="60" x2="60" y1="10" y2="210" class="axis"/><text x="${WIDTH - 40}" y="238" text-anchor="end">${escapeHtml(axes.x)}</text><text x="4" y="10">${escapeHtml(axes.y)}</text>${ticks.join("")}${dots.join("")}</svg></figure>`;
}

const MOST_POINTS = 500;

/** Cost against quality, or why there is no such chart. Qualities are from 0 to 1; of many points the first are drawn. */
export function costChart(
  quality: string,
  points: readonly { readonly label: string; readonly x: number; readonly y: number }[],
): string {
  const why = (text: string) => `<p>No chart of cost against quality: ${escapeHtml(text)}.</p>`;
  if (points.length === 0) return why(`no run has both a known cost and a value of ${quality}`);
  if (points.some(({ y }) => y < 0 || y > 1)) return why(`${quality} has no scale from 0 to 1`);
  if (points.every(({ x }) => x === 0)) return why("the runs cost nothing");
  const drawn = points.slice(0, MOST_POINTS);
  const left = points.length - drawn.length;
  const title = `Cost against quality${left > 0 ? ` (${left} more runs are not drawn)` : ""}`;
  return scatter(title, { x: "US dollars a run", y: quality }, drawn);
}

const STYLE =
  "body{font:15px/1.5 system-ui,sans-serif;max-width:960px;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%;font-size:13px;margin:.5rem 0}td,th{border-bottom:1px solid #d8dee4;padding:.3rem .5rem;text-align:left;vertical-align:top}.wide{overflow-x:auto}figure{margin:1rem 0}figcaption{font-weight:600}svg{width:100%;max-width:640px;font-size:12px}.good{fill:#2f6fb0}.bad{fill:#b4532a}.whisker{stroke:#1b1f24;stroke-width:2}.axis{stroke:#8c959f}.verdict{font-size:1.1rem;padding:.7rem 1rem;border-left:4px solid #2f6fb0;background:#f4f7fa}";

/** One page that needs nothing else: no script, no font, no image from elsewhere. */
export const htmlPage = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><h1>${escapeHtml(title)}</h1>${body}</body></html>\n`;
