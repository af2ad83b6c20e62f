import { type ChatMessage, type Reply, textOf } from "./endpoint.ts";

const BEGINNING = "You are the support agent of a small shop.";
const DIGITS = "Pass order numbers to tools as digits only.";
const REREAD = "Before you answer, re-read the whole conversation: the number may have been given earlier.";

/** They sound good, and change nothing. */
const KIND_WORDS = [
  "Show more empathy.",
  "Apologise sincerely when something went wrong.",
  "Be warm and personal.",
  "Thank customers for their patience.",
  "Never sound annoyed.",
  "Stay calm when a customer is upset.",
] as const;

/** The present text: the longest line of the order that begins as the agent's prompt does, with those that follow it. */
function presentText(order: string): string {
  const found = order
    .split("\n")
    .flatMap((line, i, lines) =>
      line.startsWith(BEGINNING)
        ? [
            lines.slice(
              i,
              lines.findIndex((one, j) => j > i && one.startsWith("[")),
            ),
          ]
        : [],
    )
    .map((lines) => lines.join("\n").trim());
  return found.sort((a, b) => b.length - a.length)[0] ?? BEGINNING;
}

/**
 * A scripted reflection model: it looks at what failed, and writes the rule behind it; where it finds none it tries kind
 * words. Asked for a second proposal from the same cases it takes the second cause, as it is told to.
 */
export function reflect(messages: readonly ChatMessage[]): Reply {
  const order = textOf(messages.at(-1));
  const present = presentText(order);
  const kind = KIND_WORDS[order.length % KIND_WORDS.length] ?? KIND_WORDS[0];
  const causes = [
    ...(order.includes("I could not find that order") && !present.includes(DIGITS)
      ? [{ rule: DIGITS, hypothesis: "Lookups fail because numbers are passed on with their hash sign." }]
      : []),
    ...(order.includes("Could you please give me your order number") && !present.includes(REREAD)
      ? [{ rule: REREAD, hypothesis: "It asks for what it was told in an earlier message." }]
      : []),
  ];
  const place = Number(/Yours is number (\d+)/.exec(order)?.[1] ?? 1);
  const { rule, hypothesis } = causes[place - 1] ?? { rule: kind, hypothesis: "Customers dislike the tone." };
  return { text: JSON.stringify({ hypothesis, components: { system: `${present}\n${rule}` } }) };
}
