import type { Finding, FindingCode } from "../model/finding.ts";

const MAX_PREVIEW_CHARS = 200;
/** Longer values are filtered by their beginning. */
export const MAX_FACET_CHARS = 1000;
const MAX_DETAIL_CHARS = 200;

/**
 * One line of at most 200 characters, white space collapsed; null for none. The cut never splits a surrogate pair.
 */
export function clip(text: string | null): string | null {
  if (text === null) return null;
  const line = text
    .slice(0, 4 * MAX_PREVIEW_CHARS)
    .replace(/\s+/g, " ")
    .trim();
  if (line === "") return null;
  if (line.length <= MAX_PREVIEW_CHARS) return line;
  const cut = line.slice(0, MAX_PREVIEW_CHARS - 1).replace(/[\uD800-\uDBFF]$/, "");
  return `${cut}…`;
}

/** Distinct values in order of first sight. */
export function Collector() {
  const seen = new Set<string>();
  return {
    add(value: string | null) {
      if (value !== null && value !== "") seen.add(value);
    },
    get size() {
      return seen.size;
    },
    values: () => seen.values(),
    kept: (most: number) => [...seen].slice(0, most),
  };
}

/** One finding per code: the first detail, and on how many further places it was found. */
export function mergeFindings(findings: Iterable<Finding>): Finding[] {
  const merged = new Map<FindingCode, { detail: string; more: number }>();
  for (const { code, detail } of findings) {
    const known = merged.get(code);
    if (known) known.more++;
    else merged.set(code, { detail: detail.slice(0, MAX_DETAIL_CHARS), more: 0 });
  }
  return [...merged].map(([code, { detail, more }]) => ({
    code,
    detail: more === 0 ? detail : `${detail} (and ${more} more)`,
  }));
}
