import type { Signal } from "../signal.ts";
import { inUserTurns } from "./user-says.ts";

const PHRASES = new RegExp(
  [
    "i (?:have |'ve )?(?:already|just) (?:told|said|gave|given|explained|mentioned|provided|sent|answered)",
    "(?:as|like) i (?:already )?(?:said|told|mentioned)",
    "(?:that|this|it)(?:'s| is| was) (?:not|n't) (?:what i|right|correct|true|helpful)",
    "(?:that|this) (?:isn't|wasn't|is not|was not) (?:what i|right|correct|true|helpful)",
    "(?:that|this|it)(?:'s| is| was) (?:wrong|incorrect|false)",
    "you(?:'re| are| were)? (?:not listening|wrong|mistaken|not understanding|misunderstanding|misunderst(?:an|oo)d)",
    "you (?:did not|didn't|do not|don't) (?:answer|understand|listen|read)",
    "(?:i|that is not what i) (?:never|didn't|did not) (?:say|said|ask|asked|want|wanted)",
    "not what i (?:asked|meant|said|wanted)",
    "(?:still|again) (?:wrong|not working|doesn't work|does not work|the same)",
  ]
    .map((phrase) => `\\b${phrase}\\b`)
    .join("|"),
  "i",
);

/** The user says that an answer was wrong or that something was said before, by English set phrases. */
export const corrections: Signal = {
  name: "corrections",
  definition: "The user says that an answer was wrong, or that it was all said before (English set phrases).",
  layer: "model",
  least: 1,
  find: (conversation) =>
    inUserTurns(conversation, (text) =>
      PHRASES.test(text.replaceAll("\u2019", "'").replace(/\s+/g, " ")) ? "corrects the agent" : undefined,
    ),
};
