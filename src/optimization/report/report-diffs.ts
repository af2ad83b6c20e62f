import { present } from "../../privacy/present.ts";
import { unifiedDiff } from "../../registry/diff.ts";
import type { ReportFacts } from "./report-facts.ts";

const MAX_CHARS = 200_000;

export interface ReportDiff {
  readonly name: string;
  readonly text: string;
}

const cleaned = (text: string): string => String(present(text, { maxChars: MAX_CHARS }).value);

/** What the candidate changes: its texts against the seed's, and the patch of one that is code. */
export function reportDiffs({ pool, chosen, proposals }: ReportFacts): ReportDiff[] {
  const [seed] = pool;
  if (!seed || !chosen) return [];
  const patch = proposals[0]?.body.patch ?? null;
  const texts = Object.entries(chosen.components).flatMap(([name, text]) => {
    const label = cleaned(name);
    const diff = unifiedDiff(
      { name: `${name} seed`, text: seed.components[name] ?? "" },
      { name: `${name} candidate ${chosen.index}`, text },
    );
    return diff === "" ? [] : [{ name: label, text: cleaned(diff) }];
  });
  return [...texts, ...(patch === null ? [] : [{ name: "files", text: cleaned(patch) }])];
}
