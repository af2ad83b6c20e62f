import { describe, expect, it } from "vitest";
import type { JudgedItem } from "../../src/model/judged-item.ts";
import { AIRLINE_FILES, readSource, type SourceMessage } from "../reading/airline.ts";
import { call, item, said, verdict } from "./item.ts";

const messageOf = ({ role, content }: SourceMessage) =>
  role === "tool" || !content ? [] : [said(role, content)];

function itemOf(messages: readonly SourceMessage[]): JudgedItem {
  const answers = messages.flatMap(({ role, content }) => (role === "assistant" && content ? [content] : []));
  return item({
    output: answers.at(-1) ?? null,
    conversation: messages.flatMap(messageOf),
    toolCalls: messages.flatMap(({ role, tool_calls }) =>
      role === "assistant" ? (tool_calls ?? []).map((made) => call(made.name, made.arguments)) : [],
    ),
    expectations: { language: "en" },
  });
}

/** Polite English conversations of a simulated user with three airline agents. */
describe.skipIf(!process.env["EVALWRIGHT_TEST_DATA"])(
  "150 airline conversations (needs EVALWRIGHT_TEST_DATA)",
  () => {
    const items = () =>
      AIRLINE_FILES.flatMap((file) => readSource(file).map(({ messages }) => itemOf(messages)));

    // The one in capitals is the simulator's own ###OUT-OF-SCOPE###.
    it.each([
      ["no_refusal", 0],
      ["no_user_profanity", 0],
      ["no_user_caps", 1],
      ["no_repetition", 0],
      ["language", 0],
    ])("%s raises %i alarms", async (name, alarms) => {
      const verdicts = await Promise.all(items().map((judged) => verdict(name, judged)));
      expect(verdicts).toHaveLength(150);
      expect(verdicts.filter(({ state }) => state === "scored").length).toBeGreaterThan(130);
      expect(verdicts.filter(({ pass }) => pass === false)).toHaveLength(alarms);
    });
  },
);
