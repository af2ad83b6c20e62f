import { shortDuration } from "./format.ts";

/** 84 kB, 1.2 MB */
export function shortBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** The first 8 digits of an id: enough to name a span in its trace, and a trace to whoever reads. */
export const shortId = (id: string): string => id.slice(0, 8);

/** +1.2s after `originUs`; a minus sign where clocks disagree. */
export function offset(us: number, originUs: number): string {
  if (Math.abs(us - originUs) < 1_000) return "+0s";
  return us >= originUs ? `+${shortDuration(us - originUs)}` : `-${shortDuration(originUs - us)}`;
}

/** Text on one line: white space collapsed, cut at `max` characters with a count of the rest. */
export function oneLine(text: string, max: number): { readonly text: string; readonly omittedChars: number } {
  // The slice bounds the work on huge texts; what it drops is still counted.
  const head = text.length > max * 4 + 64 ? text.slice(0, max * 4 + 64) : text;
  const line = head.replace(/\s+/g, " ").trim();
  const whole = head.length === text.length;
  if (whole && line.length <= max + 8) return { text: line, omittedChars: 0 };
  const shown = line.slice(0, max).replace(/[\uD800-\uDBFF]$/, "");
  const omittedChars = whole ? line.length - shown.length : text.length - shown.length;
  return { text: `${shown}…+${omittedChars}`, omittedChars };
}
