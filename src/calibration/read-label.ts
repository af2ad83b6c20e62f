import { sideOf } from "../judges/model/aggregate.ts";
import type { Json } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { Label } from "./labelled-item.ts";

const PASS = new Set(["pass", "passed", "yes", "true"]);
const FAIL = new Set(["fail", "failed", "no", "false"]);

/** Means of thirds end a hair beside 1. */
const ROUNDING = 1e-9;

const asIs = (pass: boolean): Pick<Label, "category" | "pass"> => ({ category: null, pass });

function ofText(text: string, judge: ResolvedJudge): Pick<Label, "category" | "pass"> | null {
  const said = text.trim().toLowerCase();
  const own = judge.labels.find(({ label }) => label.toLowerCase() === said);
  if (own) {
    const reaches =
      own.value === null || judge.threshold === null ? null : own.value >= judge.threshold - ROUNDING;
    return { category: own.label, pass: reaches === null ? null : reaches !== judge.negate };
  }
  if (PASS.has(said)) return asIs(true);
  return FAIL.has(said) ? asIs(false) : null;
}

/** Of two answers, from the side of the first one. */
function ofPair(value: Json, { labels }: ResolvedJudge): Pick<Label, "category" | "pass"> | null {
  const own = labels.find(
    ({ label }) => typeof value === "string" && label.toLowerCase() === value.trim().toLowerCase(),
  );
  const worth = own?.value ?? (value === "tie" ? 0.5 : typeof value === "boolean" ? Number(value) : null);
  if (worth === null) return null;
  return { category: sideOf(worth), pass: worth === 0.5 ? null : worth > 0.5 };
}

/**
 * What a person's label says in the judge's terms: one of its labels, yes or no (pass, fail, true, false), 1 or 0, or a
 * number held against `threshold`; of a pair which answer is better, the first one's side (true: the first). Null: none of these; nothing is guessed from other words.
 */
export function readLabel(
  value: Json,
  judge: ResolvedJudge,
  threshold: number | null,
): Pick<Label, "category" | "pass"> | null {
  if (judge.level === "pair") return ofPair(value, judge);
  if (typeof value === "boolean") return asIs(value);
  if (typeof value === "string") return ofText(value, judge);
  if (typeof value !== "number") return null;
  if (threshold !== null) return asIs(value >= threshold);
  return value === 0 || value === 1 ? asIs(value === 1) : null;
}
