import { z } from "zod";
import { codeJudge, quoted } from "../code-judge.ts";
import { toneOf } from "./user-tone.ts";

const ADJECTIVE = "(?:real|live|actual|human|different|senior|customer service|customer support|support)";
const PERSON =
  "(?:human(?: being)?|person|people|agent|representative|rep|operator|manager|supervisor|advisor|adviser|associate|staff member|member of staff)";
const SOMEBODY = `(?:somebody|someone|(?:an? |the |your |another |some )?(?:${ADJECTIVE} )*${PERSON})`;

/** A wish to be passed on, not a question about whom one talks to: `are you a real person` is none. */
const WISHES = [
  `(?:speak|talk|chat) (?:directly )?(?:to|with) ${SOMEBODY}`,
  `(?:connect|transfer|forward|escalate|pass|put) (?:me|this|us)(?: on| over| through)? (?:to|with) ${SOMEBODY}`,
  `(?:get|give|find|send) me ${SOMEBODY}`,
  `(?:want|need|demand|prefer|would like|i'd like) (?:an? |the |your )(?:${ADJECTIVE} )*(?:human(?: being)?|person|agent|representative|rep|operator|manager|supervisor)`,
  `(?:human|live) (?:agent|person|representative|operator|support)`,
  "^\\W*(?:an? )?(?:agent|human|human please|representative|operator|manager|supervisor|real person)\\W*(?:please|now)?\\W*$",
].map(
  (wish) => new RegExp(wish.startsWith("^") ? wish : `(?<![\\p{L}\\p{N}])${wish}(?![\\p{L}\\p{N}])`, "iu"),
);

/** The English phrase by which a message asks for a person; undefined when there is none. */
export function findEscalation(text: string): string | undefined {
  const plain = text.normalize("NFKC").replaceAll("\u2019", "'").replace(/\s+/g, " ");
  return WISHES.map((wish) => wish.exec(plain)?.[0]).find((match) => match !== undefined);
}

/** Share of the user's messages that do not ask for a person, by English set phrases; more by parameter. */
export const noEscalation = codeJudge({
  name: "no_escalation",
  summary: "The user does not ask for a person (English set phrases; more by parameter).",
  revision: 1,
  level: "session",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  params: z.strictObject({
    /** Further phrases, of any language, as they stand in messages in whatever case. */
    phrases: z.array(z.string().min(2).max(120)).max(200).default([]),
  }),
  otherNames: { openevals: "SUPPORT_INTENT_PROMPT" },
  judge(item, { phrases }) {
    const further = phrases.map((phrase) => phrase.normalize("NFKC").toLowerCase());
    return toneOf(item, {
      label: "asks_for_a_person",
      what: "asking for a person",
      find(text) {
        const found = findEscalation(text);
        if (found !== undefined) return `says ${quoted(found)}`;
        const plain = text.normalize("NFKC").toLowerCase();
        return further.some((phrase) => plain.includes(phrase)) ? "has one of the given phrases" : undefined;
      },
    });
  },
});
