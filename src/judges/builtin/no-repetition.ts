import { z } from "zod";
import { canonicalJson } from "../../canonical.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import type { VerdictPart } from "../../model/verdict.ts";
import { codeJudge, notApplicable } from "../code-judge.ts";
import { messageTurns } from "../turns.ts";
import { wordsOf } from "../words.ts";

interface Said {
  readonly turn: number;
  readonly pairs: ReadonlyMap<string, number>;
  readonly size: number;
}

function wordPairs(text: string): Pick<Said, "pairs" | "size"> {
  const words = wordsOf(text.normalize("NFC").toLowerCase());
  const pairs = new Map<string, number>();
  for (let i = 0; i + 1 < words.length; i += 1) {
    const pair = `${words[i]} ${words[i + 1]}`;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return { pairs, size: Math.max(0, words.length - 1) };
}

/** Sørensen-Dice coefficient of the pairs of neighbouring words: 1 for the same pairs, 0 for none shared. */
function diceOf(a: Said, b: Said): number {
  if (a.size + b.size === 0) return 0;
  let shared = 0;
  for (const [pair, count] of a.pairs) shared += Math.min(count, b.pairs.get(pair) ?? 0);
  return (2 * shared) / (a.size + b.size);
}

/** What the assistant said to the user in words, message by message, with the turn of the user's it answers. */
function answersOf(item: JudgedItem): readonly { readonly turn: number; readonly text: string }[] {
  const turns = messageTurns(item);
  return item.conversation.flatMap(({ role, parts }, i) => {
    const text = parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
    return role === "assistant" && text.trim() !== "" ? [{ turn: turns[i] ?? 1, text }] : [];
  });
}

function repeatedAnswers(item: JudgedItem, similarity: number, minWords: number): readonly VerdictPart[] {
  const earlier: Said[] = [];
  return answersOf(item).flatMap(({ turn, text }) => {
    const said: Said = { turn, ...wordPairs(text) };
    if (said.size + 1 < minWords) return [];
    const same = earlier.find((one) => diceOf(one, said) >= similarity);
    earlier.push(said);
    return same === undefined
      ? []
      : [
          {
            spanId: null,
            turn,
            label: "answer",
            value: 0,
            rationale: `nearly what was said in turn ${same.turn}`,
          },
        ];
  });
}

function repeatedCalls(item: JudgedItem, maxSameCalls: number): readonly VerdictPart[] {
  const counts = new Map<string, number>();
  return item.toolCalls.flatMap((call) => {
    const key = canonicalJson([call.name, call.arguments, call.result]);
    const times = (counts.get(key) ?? 0) + 1;
    counts.set(key, times);
    const { spanId, turn } = call;
    return times <= maxSameCalls
      ? []
      : [
          {
            spanId,
            turn,
            label: "tool_call",
            value: 0,
            rationale: `${call.name.slice(0, 80)}, the same call for the ${times}. time`,
          },
        ];
  });
}

/**
 * Share of the assistant's answers and tool calls that repeat no earlier one. An answer repeats when its word pairs
 * are nearly those of an earlier answer (Dice coefficient of `similarity` or more; answers of fewer than `minWords`
 * words are left out, so that thanks may recur); a tool call when the same call with the same arguments gave the same
 * result `maxSameCalls` times before.
 */
export const noRepetition = codeJudge({
  name: "no_repetition",
  summary: "The assistant does not repeat its answers or its tool calls in a conversation.",
  revision: 1,
  level: "session",
  needs: ["conversation"],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    similarity: z.number().gt(0).max(1).default(0.9),
    minWords: z.int().min(2).default(6),
    maxSameCalls: z.int().min(1).default(2),
  }),
  otherNames: { deepeval: "AgentLoopDetectionMetric" },
  judge(item, params) {
    const total = answersOf(item).length + item.toolCalls.length;
    if (total < 2) return notApplicable("there is only one answer");
    const parts = [
      ...repeatedAnswers(item, params.similarity, params.minWords),
      ...repeatedCalls(item, params.maxSameCalls),
    ];
    return {
      value: 1 - parts.length / total,
      rationale: `${parts.length} repeats in ${total} answers and tool calls`,
      parts,
    };
  },
});
