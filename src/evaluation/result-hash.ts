import { createHash } from "node:crypto";
import { canonicalJson } from "../canonical.ts";
import type { EvaluationSetup, ResultRow } from "../model/evaluation.ts";

/** Built-in judges whose value is a duration: what they say differs from run to run. */
const READS_A_CLOCK = new Set(["latency"]);

/**
 * SHA-256 over the setup and what each row came to, in the order given. Durations, ids of traces and sessions and the
 * wording of errors are outside, so that a job that was killed and went on has the hash of one that was not.
 */
export function createResultHash(setup: EvaluationSetup) {
  const hash = createHash("sha256").update(
    canonicalJson({
      dataset: setup.dataset,
      judges: setup.judges.map((judge) => judge.hash),
      repeats: setup.repeats,
    }),
  );
  const timed = new Set(
    setup.judges.flatMap(({ name, builtin }) => (READS_A_CLOCK.has(builtin ?? "") ? [name] : [])),
  );
  return {
    add({ exampleId, exampleHash, repeat, run, verdicts }: ResultRow): void {
      const said = Object.entries(verdicts)
        .filter(([name]) => !timed.has(name))
        .map(([name, { state, value, label, pass, rationale, reason }]) => [
          name,
          { state, value, label, pass, rationale, reason },
        ]);
      const { status, output, toolCalls, state } = run;
      hash.update(
        canonicalJson({
          exampleId,
          exampleHash,
          repeat,
          run: { status, output, toolCalls, state },
          verdicts: Object.fromEntries(said),
        }),
      );
    },
    digest: (): string => hash.digest("hex"),
  };
}
