import type { Finding, FindingCode } from "../../model/finding.ts";

/** What was found wrong with one span while it was read; each code with its first few details. */
export interface Notes {
  add(code: FindingCode, detail: string): void;
  list(): Finding[];
}

const DETAILS_PER_CODE = 8;
const MAX_DETAIL = 120;

/** Details must be words of ours or attribute keys. Repeats count once; from the ninth on they are only counted. */
export function createNotes(): Notes {
  let found: Map<FindingCode, Set<string>> | undefined;
  return {
    add(code, detail) {
      found ??= new Map();
      const details = found.get(code) ?? new Set();
      found.set(code, details.add(detail.slice(0, MAX_DETAIL)));
    },
    list() {
      if (!found) return [];
      return [...found].map(([code, details]) => {
        const shown = [...details].slice(0, DETAILS_PER_CODE).join(", ");
        const more = details.size - DETAILS_PER_CODE;
        return { code, detail: more > 0 ? `${shown} and ${more} more` : shown };
      });
    },
  };
}
