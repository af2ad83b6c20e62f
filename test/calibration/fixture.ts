import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ScriptedRequest } from "../scripted-replies.ts";

export interface Chat {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
}

/** Sessions of one turn. `good` ones hold a word by which the scripted judge knows them. */
export const chat = (i: number, good: boolean, extra = ""): Chat => ({
  id: `chat-${String(i).padStart(3, "0")}`,
  question: `Question number ${i} about parcel ${i * 7}?`,
  answer: `${good ? "Delivered" : "No idea"}, says answer number ${i}.${extra}`,
});

export function writeChats(folder: string, chats: readonly Chat[]): string {
  const path = join(folder, "chats.jsonl");
  const lines = chats.map(({ id, question, answer }) =>
    JSON.stringify({
      session_id: id,
      messages: [
        { role: "user", content: question },
        { role: "assistant", content: answer },
      ],
    }),
  );
  writeFileSync(path, lines.join("\n"));
  return path;
}

/** What a judge's answer looks like. */
export const says = (label: string, rationale = "because"): string => JSON.stringify({ rationale, label });

/** The number of the chat that a judge is asked about. */
export const numberIn = ({ text }: Pick<ScriptedRequest, "text">): number =>
  Number(/answer number (\d+)/.exec(text)?.[1] ?? Number.NaN);
