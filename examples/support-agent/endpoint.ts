import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * An OpenAI-compatible chat endpoint that plays a language model by rules, so that the example needs no key and
 * gives the same conversations each time. Like a real model it has weaknesses that its instructions can mend.
 */
export interface ChatMessage {
  readonly role: string;
  readonly content?: string | null;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
}

export type Reply =
  | { readonly text: string }
  | { readonly tool: string; readonly arguments: Record<string, string> };

export const textOf = (message: ChatMessage | undefined): string => message?.content ?? "";

/** What the customer has said so far; a model that is not told to re-read it only sees the last message. */
function orderNumber(messages: readonly ChatMessage[], system: string): string | undefined {
  const customer = messages.filter((message) => message.role === "user").map(textOf);
  const visible = /re-read the whole conversation/i.test(system)
    ? customer.join("\n")
    : (customer.at(-1) ?? "");
  const digits = /\b(1\d{3})\b/.exec(visible)?.[1];
  if (digits === undefined) return undefined;
  return /#1\d{3}/.test(visible) && !/digits only/i.test(system) ? `#${digits}` : digits;
}

function afterTool(messages: readonly ChatMessage[]): Reply {
  const result = textOf(messages.at(-1));
  const call = messages.findLast((message) => message.tool_calls?.length)?.tool_calls?.[0]?.function.name;
  if (call === "issue_refund") {
    const failures = messages.filter(
      (m) => m.role === "tool" && textOf(m).includes("payment gateway"),
    ).length;
    if (result.includes("payment gateway") && failures < 3) {
      const earlier =
        messages.findLast((m) => m.tool_calls?.length)?.tool_calls?.[0]?.function.arguments ?? "{}";
      return { tool: "issue_refund", arguments: JSON.parse(earlier) };
    }
    if (result.includes("error"))
      return { text: "Your refund has been processed. You will see it in a few days." };
    return {
      text: `Done: I refunded $${/"refunded_usd":(\d+)/.exec(result)?.[1] ?? "?"}. It reaches your card in 3 to 5 days.`,
    };
  }
  if (call === "lookup_order") {
    if (result.includes("not found"))
      return { text: "I could not find that order. Please check the number." };
    const days = Number(/"daysSinceDelivery":(\d+)/.exec(result)?.[1] ?? Number.NaN);
    const item = /"item":"([^"]+)"/.exec(result)?.[1] ?? "item";
    const wantsRefund = messages.some(
      (m) => m.role === "user" && /refund|money back|return/i.test(textOf(m)),
    );
    if (!wantsRefund)
      return { text: `Your ${item} is ${/"status":"(\w+)"/.exec(result)?.[1] ?? "on its way"}.` };
    if (days > 30)
      return {
        text: `I am sorry: the ${item} was delivered ${days} days ago, and returns close after 30 days.`,
      };
    return { tool: "issue_refund", arguments: { order_id: /"id":"(\d+)"/.exec(result)?.[1] ?? "" } };
  }
  return {
    text: /30 days/.test(result)
      ? "You can return items within 30 days of delivery."
      : "Shipping takes 3 to 5 working days.",
  };
}

/** The scripted model: what it answers to a list of messages. */
export function reply(messages: readonly ChatMessage[]): Reply {
  const system = textOf(messages.find((message) => message.role === "system"));
  const last = messages.at(-1);
  if (last?.role === "tool") return afterTool(messages);
  const asked = textOf(last);
  if (/policy|how long|can i return/i.test(asked)) {
    return { tool: "search_policy", arguments: { query: /return/i.test(asked) ? "returns" : "shipping" } };
  }
  if (/thank/i.test(asked)) return { text: "You are welcome. Have a good day!" };
  const order = orderNumber(messages, system);
  if (order === undefined) return { text: "Could you please give me your order number?" };
  return { tool: "lookup_order", arguments: { order_id: order } };
}

function completion(model: string, messages: readonly ChatMessage[], answer: Reply) {
  const prompt = Math.ceil(JSON.stringify(messages).length / 4);
  const message =
    "text" in answer
      ? { role: "assistant", content: answer.text }
      : {
          role: "assistant",
          content: null,
          tool_calls: [
            {
              id: `call_${messages.length}`,
              type: "function",
              function: { name: answer.tool, arguments: JSON.stringify(answer.arguments) },
            },
          ],
        };
  const used = Math.ceil(JSON.stringify(message).length / 4);
  return {
    id: `chatcmpl-${prompt}-${messages.length}`,
    object: "chat.completion",
    created: 1_760_000_000,
    model,
    choices: [{ index: 0, message, finish_reason: "text" in answer ? "stop" : "tool_calls" }],
    usage: { prompt_tokens: prompt, completion_tokens: used, total_tokens: prompt + used },
  };
}

/** Starts the endpoint on a free loopback port; another script than the support agent's model may answer. */
export async function startEndpoint(
  script: (messages: readonly ChatMessage[]) => Reply = reply,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8"));
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(completion(body.model, body.messages, script(body.messages))));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    close: () => new Promise((done) => server.close(() => done())),
  };
}
