import type { Usage } from "../../model/span.ts";
import type { UsageReading } from "./fields.ts";
import type { Notes } from "./notes.ts";

/**
 * One inclusive usage from what the span's conventions state, each count from the first that has it. Input counts that
 * leave cached tokens out are made inclusive: where the convention says so, and where more was read from a cache than
 * went in, which only an exclusive count can say.
 */
export function mergeUsage(readings: readonly UsageReading[], notes: Notes): Usage {
  const first = (field: keyof Usage): number | null => {
    for (const reading of readings) {
      const count = reading[field];
      if (count !== undefined) return Math.round(count);
    }
    return null;
  };
  const usage: Usage = {
    inputTokens: first("inputTokens"),
    outputTokens: first("outputTokens"),
    cacheReadTokens: first("cacheReadTokens"),
    cacheWriteTokens: first("cacheWriteTokens"),
    reasoningTokens: first("reasoningTokens"),
  };
  const source = readings.find((reading) => reading.inputTokens !== undefined);
  return checked(inclusive(usage, source?.exclusive === true, notes), notes);
}

function inclusive(usage: Usage, stated: boolean, notes: Notes): Usage {
  const { inputTokens, cacheReadTokens, cacheWriteTokens } = usage;
  const cached = (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0);
  if (inputTokens === null || cached === 0) return usage;
  if (!stated && (cacheReadTokens ?? 0) <= inputTokens) return usage;
  notes.add(
    "usage_exclusive",
    stated ? "cached tokens are counted apart by this source" : "more cached than input tokens",
  );
  return { ...usage, inputTokens: inputTokens + cached };
}

/** Reasoning is part of the output; a source that says otherwise is named, its counts stay. */
function checked(usage: Usage, notes: Notes): Usage {
  if (usage.outputTokens !== null && (usage.reasoningTokens ?? 0) > usage.outputTokens) {
    notes.add("usage_inconsistent", "more reasoning than output tokens");
  }
  if (
    usage.inputTokens !== null &&
    (usage.cacheReadTokens ?? 0) + (usage.cacheWriteTokens ?? 0) > usage.inputTokens
  ) {
    notes.add("usage_inconsistent", "more cached than input tokens");
  }
  return usage;
}
