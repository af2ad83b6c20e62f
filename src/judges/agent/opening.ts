import type { ResolvedJudge } from "../../model/judge.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import type { Cut } from "../../model/verdict.ts";
import { fillPrompt } from "../../prompts.ts";
import { fenceCode } from "../model/fence.ts";
import { menuOf } from "../model/menu.ts";
import { rubricOf } from "../model/rubric.ts";
import { itemText, sectionsOf } from "../model/sections.ts";

/** Characters of the item beside the recording, and the overview. */
const OPENING_CHARS = 24_000;
const EXAMPLE_CHARS = 1_500;
const READ = new Set(["conversation", "trace", "history", "evidence", "tool_calls"]);

export interface Opening {
  readonly system: string;
  readonly user: string;
  /** In none of the texts, and kept out of all that tools bring. */
  readonly code: string;
  readonly cuts: readonly Cut[];
}

/** What a judge that reads by tools begins with: its rubric, the overview, and what else its rubric wants to be shown. */
export function openingOf(
  judge: ResolvedJudge,
  item: JudgedItem,
  overview: string,
  maxSteps: number,
): Opening {
  const rubric = rubricOf(judge);
  const whole = sectionsOf(judge.hash, rubric, { kind: "item", item }, []);
  const beside = whole.sections.filter(({ name, blocks }) => !READ.has(name) && blocks.length > 0);
  const code = fenceCode(judge.hash, [...beside.flatMap(({ blocks }) => blocks), overview]);
  const recording = { name: "recording", blocks: [overview], weight: 8, removed: 0 };
  const { text, cuts } = itemText(
    { ...whole, code, sections: [...beside, recording], losses: [] },
    OPENING_CHARS,
    EXAMPLE_CHARS,
  );
  const labels = menuOf(judge.labels).map(({ label, means }) => `- ${label}: ${means}`);
  const said = { rubric: rubric.text, labels: labels.join("\n"), steps: String(maxSteps) };
  return { system: fillPrompt("judge_agent", said), user: text, code, cuts };
}
