import type { Cut } from "../../model/verdict.ts";
import { promptText } from "../../prompts.ts";
import { costOf } from "../../reading/budget.ts";
import type { ComponentSpec } from "./component-spec.ts";
import { materialOf, orderText, type ReflectiveOrder } from "./material.ts";

export interface WorkOrderOptions {
  readonly components: readonly ComponentSpec[];
  /** Characters, as they count inside JSON, of rubric and item together; 7,400 by default, and 7,000 at most of the item. */
  readonly maxChars?: number | undefined;
  /** Where the assistant can read what is cut, in words of ours: shown when something is. */
  readonly whole?: string | undefined;
}

/** One order as a task for the assistant. `item` is untrusted. */
export interface WorkOrderTask {
  readonly rubric: string;
  readonly item: string;
  readonly cuts: readonly Cut[];
}

const TASK_CHARS = 7_400;
const MOST_ITEM = 7_000;
const LEAST_ITEM = 2_000;
/** Of the item: texts that need more are shortened, and changed by edits. */
const TEXT_SHARE = 0.45;

const cutsLine = (cuts: readonly Cut[], whole: string | undefined): string => {
  if (cuts.length === 0) return "";
  const named = cuts.slice(0, 6).map(({ what, chars }) => `${what} (${chars} characters)`);
  const more = cuts.length > 6 ? ` and ${cuts.length - 6} more` : "";
  return `\n\nLeft out: ${named.join(", ")}${more}.${whole === undefined ? "" : ` ${whole}`}`;
};

/**
 * An order for the assistant, so small that a host shows it whole: the same content as `reflectionRequest`, each cut
 * named.
 */
export function workOrderItem(order: ReflectiveOrder, options: WorkOrderOptions): WorkOrderTask {
  const rubric = promptText("optimization/propose");
  const left = Math.max(LEAST_ITEM, (options.maxChars ?? TASK_CHARS) - costOf(rubric));
  const max = Math.min(MOST_ITEM, left);
  const material = materialOf(order, options.components);
  const texts = order.components.map((name) => order.parent.candidate.components[name] ?? "");
  const longest = Math.max(0, ...texts.map((text) => text.length));
  let room = max;
  for (;;) {
    const text = Math.min(longest, Math.floor((room * TEXT_SHARE) / Math.max(1, texts.length)));
    const rest = Math.max(0, room - texts.reduce((sum, one) => sum + Math.min(text, one.length), 0));
    const shown = orderText(material, { text, rest });
    const item = `${shown.text}${cutsLine(shown.cuts, options.whole)}`;
    if (costOf(item) <= max || room < 1) return { rubric, item, cuts: shown.cuts };
    room = Math.floor(room * Math.min(0.93, max / costOf(item)));
  }
}
