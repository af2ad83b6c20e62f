import { z } from "zod";
import type { Json } from "../../model/json.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { VerdictPart } from "../../model/verdict.ts";
import { cleanText } from "../../privacy/clean.ts";
import { type Outcome, singleOutcome } from "../model/aggregate.ts";
import { readVerdict } from "../model/read-verdict.ts";
import type { ReadingTools } from "./reading-tools.ts";

const MAX_AGENT = 120;
const named = z.string().nullish().catch(null);
const Given = z.looseObject({ agent: named, span: named });

const oneLine = (text: string): string =>
  cleanText(text).text.replace(/\s+/g, " ").trim().slice(0, MAX_AGENT).toWellFormed();

/**
 * What a judge that has read says: its label, and as a part the step that decides, if it names one that is there. The
 * step's own agent counts, the one that the judge names where the step has none recorded.
 */
export async function givenOutcome(
  judge: ResolvedJudge,
  given: Json,
  tools: Pick<ReadingTools, "place">,
): Promise<Outcome> {
  const outcome = singleOutcome(readVerdict(given, judge.labels));
  const { agent, span } = Given.catch({ agent: null, span: null }).parse(given);
  if (outcome.state !== "scored" || (!agent && !span)) return outcome;
  const place = span ? await tools.place(span.trim()) : undefined;
  const { label, value, rationale } = outcome;
  const who = place?.agent ?? (agent ? oneLine(agent) : null);
  const part: VerdictPart = {
    spanId: place?.spanId ?? null,
    turn: place?.turn ?? null,
    label,
    value,
    rationale: who === null ? rationale : `${who}: ${rationale ?? ""}`,
    ...(who === null ? {} : { agent: who }),
  };
  return { ...outcome, parts: [part] };
}
