import type { Json, JsonObject } from "../../model/json.ts";
import { cut } from "../../reading/budget.ts";

/** Characters that one value may have in the store. */
export const MAX_VALUE_CHARS = 4 * 1024 * 1024;
const MAX_DEPTH = 64;

/** What is left to spend on one value, and what had to be taken from it. */
export interface Allowance {
  chars: number;
  cut: boolean;
  /** A `__proto__` key was left out. */
  unsafe: boolean;
}

export const newAllowance = (): Allowance => ({ chars: MAX_VALUE_CHARS, cut: false, unsafe: false });

/**
 * The value with at most MAX_VALUE_CHARS characters and 64 levels, without `__proto__` keys and with numbers that
 * JSON has no form for as text. The same value when nothing had to change, else a copy of its beginning.
 */
export function clip(value: Json, allowance: Allowance, depth = 0): Json {
  if (typeof value === "string") return clipText(value, allowance);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object" || value === null) return value ?? null;
  if (depth >= MAX_DEPTH) {
    allowance.cut = true;
    return null;
  }
  return Array.isArray(value) ? clipList(value, allowance, depth) : clipObject(value, allowance, depth);
}

export function clipText(text: string, allowance: Allowance): string {
  if (text.length <= allowance.chars) {
    allowance.chars -= text.length;
    return text;
  }
  const kept = cut(text, allowance.chars).text;
  allowance.chars = 0;
  allowance.cut = true;
  return kept;
}

function clipList(list: Json[], allowance: Allowance, depth: number): Json {
  let copy: Json[] | null = null;
  for (let i = 0; i < list.length; i += 1) {
    const item = list[i] ?? null;
    const kept = spend(allowance, 2) ? clip(item, allowance, depth + 1) : undefined;
    if (kept === undefined) return (copy ?? list).slice(0, i);
    if (kept !== item && !copy) copy = list.slice(0, i);
    copy?.push(kept);
  }
  return copy ?? list;
}

function clipObject(object: JsonObject, allowance: Allowance, depth: number): Json {
  const entries = Object.entries(object);
  let changed = false;
  const kept: [string, Json][] = [];
  for (const [key, item] of entries) {
    if (key === "__proto__") {
      allowance.unsafe = true;
      changed = true;
      continue;
    }
    if (!spend(allowance, key.length + 4)) {
      changed = true;
      break;
    }
    const clipped = clip(item, allowance, depth + 1);
    changed ||= clipped !== item;
    kept.push([key, clipped]);
  }
  return changed ? Object.fromEntries(kept) : object;
}

function spend(allowance: Allowance, chars: number): boolean {
  if (allowance.chars < chars) {
    allowance.cut = true;
    return false;
  }
  allowance.chars -= chars;
  return true;
}
