import { type ChatMessage, type Reply, textOf } from "./endpoint.ts";

const UNHELPFUL = /order number\?|could not find|has been processed/;

/** Whether a model is asked to grade by a rubric, rather than to write a prompt. */
export const isGrading = (messages: readonly ChatMessage[]): boolean =>
  messages.some((message) => textOf(message).startsWith("You grade recorded work of an AI agent."));

/** A scripted judge: it looks at how the conversation under the rubric ended. */
export function grade(messages: readonly ChatMessage[]): Reply {
  const item = textOf(messages.findLast((message) => message.role === "user"));
  const conversation = /\[conversation (\w+)\]\n([\s\S]*?)\n\[end \1\]/.exec(item)?.[2] ?? "";
  const end = conversation.slice(-160);
  return UNHELPFUL.test(end)
    ? {
        text: JSON.stringify({
          rationale: "The conversation ends without what was asked for.",
          label: "failure",
        }),
      }
    : { text: JSON.stringify({ rationale: "The customer got what they came for.", label: "success" }) };
}
