import { limitWords, readingSettings } from "../judges/agent/settings.ts";
import type { Llm } from "../llm/llm.ts";
import type { JsonObject } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import { isPriced } from "./llms.ts";

const UNPRICED = "which cannot hold: the model's price is unknown";

/** Of the judges that read by tools, how far each may go on one item; undefined where there are none. */
export function ceilingsOf(
  judges: readonly ResolvedJudge[],
  llmOf: (name: string) => Llm,
): JsonObject | undefined {
  const words = judges.flatMap((judge): [string, string][] => {
    const settings = readingSettings(judge);
    if (settings.read === "prompt" || judge.model === null) return [];
    const usd = limitWords(settings, "usd");
    const isLoose = settings.maxUsd !== null && !isPriced(llmOf(judge.model));
    return [
      [
        judge.name,
        `${limitWords(settings, "steps")}, ${limitWords(settings, "tokens")}, ${usd}${isLoose ? `, ${UNPRICED}` : ""}`,
      ],
    ];
  });
  return words.length > 0 ? { ceilingsOfOneItem: Object.fromEntries(words) } : undefined;
}
