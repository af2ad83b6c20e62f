import type { ResultRow } from "../model/evaluation.ts";
import type { Example } from "../model/example.ts";
import { firstUserText } from "./example-text.ts";
import type { RunSource } from "./job-input.ts";

/**
 * What an estimate over recorded runs does not say by itself: runs that are missing, by reason, and how many pairs were
 * made by the tag alone, since the example's inputs have no question to compare.
 */
export function createRecordedNotes(source: RunSource) {
  const missing = new Map<string, number>();
  return {
    add({ run }: ResultRow): void {
      if (run.status !== "missing") return;
      const why = run.error ?? "nothing was recorded";
      missing.set(why, (missing.get(why) ?? 0) + 1);
    },
    /** @param readExamples of what was evaluated; only asked where the pairing was by tag. */
    async notes(readExamples: () => Promise<readonly Example[]>): Promise<string[]> {
      const byTag = source.kind === "recorded" && source.match.by === "tag";
      const examples = byTag ? await readExamples() : [];
      const silent = examples.filter((example) => firstUserText(example) === null).length;
      return [
        ...[...missing].map(([why, count]) => `${count} runs are missing: ${why}`),
        ...(silent > 0
          ? [
              `${silent} examples have no question as text: their sessions were taken by the tag alone, inputs not compared`,
            ]
          : []),
      ];
    },
  };
}
