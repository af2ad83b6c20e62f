import type { Json } from "../model/json.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import type { VerdictReason } from "../model/verdict.ts";
import type { Need } from "./definition.ts";

const isBlank = (value: Json | undefined): boolean =>
  value === undefined || value === null || (typeof value === "string" && value.trim() === "");

/** Expectations of which an empty list says nothing; an empty list of tool calls says that none are expected. */
const TEXTS = new Set(["facts", "guidelines", "context"]);

type Expectations = JudgedItem["expectations"];

const hasExpectation = (expectations: Expectations, name: string): boolean => {
  const value = Object.hasOwn(expectations, name) ? expectations[name] : undefined;
  return !isBlank(value) && !(TEXTS.has(name) && Array.isArray(value) && value.length === 0);
};

const PREFIX = "expectations.";

const isExpected = (need: Need): boolean => need.split("|").every((one) => one.startsWith(PREFIX));

function has(item: JudgedItem, need: string): boolean {
  if (need.startsWith(PREFIX)) return hasExpectation(item.expectations, need.slice(PREFIX.length));
  if (need === "output") return !isBlank(item.output);
  if (need === "state") return item.state !== null;
  if (need === "conversation") return item.conversation.length > 0;
  return need === "toolCalls" ? item.toolCalls.length > 0 : item.retrievals.length > 0;
}

/** The first of `needs` that an example's expectations alone decide, and that they do not meet. */
export const missingExpectation = (expectations: Expectations, needs: readonly Need[]): Need | undefined =>
  needs.find(
    (need) =>
      isExpected(need) &&
      !need.split("|").some((one) => hasExpectation(expectations, one.slice(PREFIX.length))),
  );

/**
 * Why an item cannot be judged: the first of `needs` that it has not, and the reason for its verdict. Expectations
 * come first, since the example lacks them whatever the agent did. Undefined: it has all.
 */
export function missingNeed(
  item: JudgedItem,
  needs: readonly Need[],
): { readonly need: Need; readonly reason: VerdictReason } | undefined {
  const missing = needs.filter((need) => !need.split("|").some((one) => has(item, one)));
  const expectation = missing.find(isExpected);
  if (expectation !== undefined) return { need: expectation, reason: "expectation_missing" };
  const [need] = missing;
  return need === undefined ? undefined : { need, reason: "input_missing" };
}
