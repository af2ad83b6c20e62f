import { createHash } from "node:crypto";
import { canonicalJson } from "../canonical.ts";
import { firstUserText } from "../evaluation/example-text.ts";
import type { ExampleContent, Split } from "../model/example.ts";

/** An example before it has a split: its content, and the id and group that its author gave, if any. */
export interface Draft {
  readonly content: ExampleContent;
  readonly id?: string | undefined;
  readonly group?: string | undefined;
  /** The key itself by which splits are drawn, where it is known. */
  readonly groupKey?: string | undefined;
  /** Its split, unless its group has another one already. */
  readonly split?: Split | undefined;
}

const digest = (text: string, digits: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);

const normalized = (text: string): string =>
  text.normalize("NFKC").toLowerCase().replaceAll(/\s+/g, " ").trim();

/**
 * The key by which splits are drawn. Examples of one session stay together, and so do those that ask the same:
 * whatever else they differ in, an answer learnt from one would be an answer to the other.
 */
export function groupOf({ content, group, groupKey }: Draft): string {
  if (groupKey !== undefined) return groupKey;
  if (group !== undefined) return `named:${group}`;
  const { sessionId } = content.origin;
  const asked = firstUserText(content);
  // One long question is its own; a greeting opens many conversations that have nothing else in common.
  if (asked !== null && (sessionId === null || normalized(asked).length >= 20))
    return `asked:${digest(normalized([asked, ...content.turns].join("\n")), 24)}`;
  if (sessionId !== null) return `session:${digest(sessionId, 24)}`;
  return `inputs:${digest(canonicalJson(content.inputs), 24)}`;
}

/** Fixes answers and verdicts; tags, role and what was recorded do not. */
export const hashOfContent = (content: ExampleContent): string =>
  digest(
    canonicalJson({
      inputs: content.inputs,
      messages: content.messages,
      turns: content.turns,
      expectations: content.expectations,
    }),
    32,
  );

/** The same for the same question from the same place, so that an edited expectation keeps its example. */
export const idOf = ({ content, id }: Draft): string =>
  id ??
  `ex-${digest(
    canonicalJson({
      inputs: content.inputs,
      messages: content.messages,
      turns: content.turns,
      from: content.origin.sessionId ?? content.origin.traceId ?? null,
    }),
    10,
  )}`;
