import { describe, expect, it } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { call, item, outcome, said, verdict } from "./item.ts";

const user = (text: string) => said("user", text);
const agent = (text: string) => said("assistant", text);

describe("no_repetition", () => {
  const long = "Please give me the order number so that I can look it up for you.";
  it("finds an answer that is nearly an earlier one, with its turn", async () => {
    const conversation = [
      user("My order is late"),
      agent(long),
      user("It is 7"),
      agent("Thanks, I am looking for the order with the number 7 now."),
      user("And?"),
      agent(long.replace("Please give", "Please, give")),
    ];
    const found = await verdict("no_repetition", item({ conversation }));
    expect(found).toMatchObject({ value: 1 - 1 / 3, pass: false });
    expect(found.parts).toMatchObject([
      { turn: 3, label: "answer", rationale: "nearly what was said in turn 1" },
    ]);
  });

  it.each<[string, readonly ReturnType<typeof user>[], number | string]>([
    [
      "short answers may recur",
      [user("a"), agent("You're welcome!"), user("b"), agent("You're welcome!")],
      1,
    ],
    [
      "answers that differ in what matters",
      [
        user("a"),
        agent("Order 17 to Berlin ships on Monday by train."),
        user("b"),
        agent("Order 99 to Madrid ships on Friday by plane."),
      ],
      1,
    ],
    ["one answer", [user("a"), agent(long)], "not_applicable"],
    ["no conversation", [], "unscored input_missing"],
  ])("%s", async (_, conversation, value) => {
    expect(await outcome("no_repetition", {}, { conversation })).toBe(value);
  });

  it("finds the third same call with the same result, not a retry that went otherwise", async () => {
    const conversation = [user("a"), agent("b")];
    const same = call("find", { id: 7 }, { result: "none", turn: 1, spanId: "1".repeat(16) });
    const found = await verdict("no_repetition", item({ conversation, toolCalls: [same, same, same] }));
    expect(found).toMatchObject({ value: 0.75, pass: false });
    expect(found.parts).toMatchObject([{ spanId: "1".repeat(16), turn: 1, label: "tool_call" }]);
    const other = { ...same, result: "found" };
    expect(await outcome("no_repetition", {}, { conversation, toolCalls: [same, same, other] })).toBe(1);
    expect(
      await outcome("no_repetition", { maxSameCalls: 1 }, { conversation, toolCalls: [same, same] }),
    ).toBeCloseTo(2 / 3, 12);
  });
});

describe("no_user_caps and no_user_profanity", () => {
  it.each<[string, Record<string, Json>, readonly string[], number | string]>([
    ["no_user_caps", {}, ["WHY IS THIS NOT WORKING"], 0],
    ["no_user_caps", {}, ["Where is it?", "WHERE IS MY ORDER"], 0.5],
    ["no_user_caps", {}, ["OK", "Order ABC123 from the USA please"], 1],
    ["no_user_caps", {}, ["I WANT my money back NOW"], 1],
    ["no_user_caps", { minShare: 0.4 }, ["I WANT my money back NOW"], 0],
    ["no_user_caps", {}, ["WO IST MEINE BESTELLUNG \u00c4RGERLICH"], 0],
    ["no_user_caps", {}, ["\u6ce8\u6587\u306f\u3069\u3053\u3067\u3059\u304b"], 1],
    ["no_user_caps", {}, [], "not_applicable"],
    ["no_user_profanity", {}, ["this is fucking ridiculous"], 0],
    ["no_user_profanity", {}, ["Hi", "WTF, bullshit"], 0.5],
    ["no_user_profanity", {}, ["sh1t", "you idiots"], 0],
    ["no_user_profanity", {}, ["goddammit", "damnit", "dammit", "damn", "Damned"], 0],
    ["no_user_profanity", {}, ["Scunthorpe class assessment, a cockatoo in Essex"], 1],
    ["no_user_profanity", {}, ["Moby Dick for my sex education course"], 1],
    ["no_user_profanity", { words: ["Mist"] }, ["So ein MIST!"], 0],
    ["no_user_profanity", { words: ["c++"] }, ["c++ again"], 0],
    ["no_user_profanity", { allow: ["damn"] }, ["damn good"], 1],
    ["no_user_profanity", {}, [], "not_applicable"],
  ])("%s %j of %j: %s", async (name, params, texts, value) => {
    expect(await outcome(name, params, { conversation: texts.map(user) })).toBe(value);
  });

  it("count only the user's own words", async () => {
    const conversation = [user("Hello there"), agent("WHAT THE FUCK DO YOU WANT")];
    expect(await outcome("no_user_caps", {}, { conversation })).toBe(1);
    expect(await outcome("no_user_profanity", {}, { conversation })).toBe(1);
  });

  it("say in which turn", async () => {
    const conversation = [user("Hello"), agent("Hi"), user("WHERE IS MY ORDER"), agent("Soon")];
    const { parts } = await verdict("no_user_caps", item({ conversation }));
    expect(parts).toMatchObject([{ turn: 2, rationale: "4 of 4 words in capitals" }]);
  });
});

describe("no_escalation", () => {
  it.each([
    "I want to speak to a human.",
    "can I talk with a real person please",
    "Transfer me to your manager",
    "Put me through to someone who knows this",
    "Get me a supervisor NOW",
    "I'd like a live agent",
    "AGENT!",
    "Is a human agent there?",
    "Let me chat with customer service representative",
  ])("asked for a person: %s", async (text) => {
    const found = await verdict(
      "no_escalation",
      item({ conversation: [user("Hi"), agent("Hello"), user(text)] }),
    );
    expect(found).toMatchObject({ value: 0.5, pass: false });
    expect(found.parts).toMatchObject([{ turn: 2, label: "asks_for_a_person" }]);
  });

  it.each([
    "Are you a real person?",
    "My travel agent booked it, and I told my manager.",
    "How does human resources work?",
    "The person at the desk was rude.",
    "I talk to agents all day. Where is my order?",
    "The operator of the plane changed.",
  ])("did not: %s", async (text) => {
    expect(await outcome("no_escalation", {}, { conversation: [user(text)] })).toBe(1);
  });

  it("takes further phrases, and does not mind what the agent says", async () => {
    const conversation = [user("Ich will einen MENSCHEN"), agent("Do you want to speak to a human?")];
    expect(await outcome("no_escalation", {}, { conversation })).toBe(1);
    expect(await outcome("no_escalation", { phrases: ["einen menschen"] }, { conversation })).toBe(0);
  });
});

describe("no_refusal", () => {
  it.each([
    "I'm sorry, but I can't assist with that.",
    "I\u2019m sorry, but I can\u2019t help with that request.",
    "I cannot provide instructions for that.",
    "Unfortunately, I am unable to help you with this.",
    "As an AI language model, I do not have opinions and can't choose.",
    "I apologize, but I won't be able to. I cannot create such content.",
    "Sorry, that goes against my guidelines.",
    "I must decline.",
    "I'm not able to discuss that topic.",
  ])("refused: %s", async (output) => {
    expect(await verdict("no_refusal", item({ output }))).toMatchObject({
      value: 0,
      pass: false,
      label: "refused",
    });
  });

  it.each([
    "Your order has shipped.",
    "You can't return it after 30 days, but I can offer a voucher.",
    "I can help with that!",
    "The store cannot accept returns without a receipt.",
    "You're welcome! Sorry I couldn't help with the cancellation this time.",
    `${"Here is a long answer about orders. ".repeat(15)} I cannot help with other topics.`,
  ])("answered: %s", async (output) => {
    expect(await verdict("no_refusal", item({ output }))).toMatchObject({
      value: 1,
      pass: true,
      label: "answered",
    });
  });

  it("cannot tell for another language", async () => {
    const output = "Dabei kann ich Ihnen leider nicht helfen, das ist mir nicht erlaubt.";
    expect(await outcome("no_refusal", {}, { output })).toBe("unscored cannot_tell");
  });
});

describe("language", () => {
  const german = "Ihre Bestellung wurde gestern versandt und kommt morgen bei Ihnen an.";
  const english = "Your order was shipped yesterday and will arrive tomorrow.";
  it.each<[string, Record<string, Json>, string, readonly string[], Json, number | string]>([
    ["expected by the example", {}, german, [], "de", 1],
    ["wrong", {}, english, [], "de", 0],
    ["by parameter", { language: "en" }, english, [], "de", 1],
    [
      "with a region",
      { language: "pt-BR" },
      "Seu pedido foi enviado ontem e chega amanh\u00e3 cedo.",
      [],
      null,
      1,
    ],
    [
      "the user's",
      { language: "user" },
      german,
      ["Wo bleibt denn meine Bestellung von letzter Woche?", "OK?"],
      null,
      1,
    ],
    [
      "not the user's",
      { language: "user" },
      english,
      ["Wo bleibt denn meine Bestellung von letzter Woche?"],
      null,
      0,
    ],
    ["user too short to tell", { language: "user" }, english, ["Hallo?"], null, "not_applicable"],
    ["too short", { language: "de" }, "OK!", [], null, "not_applicable"],
    [
      "code only",
      { language: "de" },
      "```python\nprint('this is a long program text')\n```",
      [],
      null,
      "not_applicable",
    ],
    [
      "few signs say enough",
      { language: "ja" },
      "\u6ce8\u6587\u306f\u660e\u65e5\u5c4a\u304d\u307e\u3059",
      [],
      null,
      1,
    ],
    ["no expectation", {}, english, [], null, "unscored expectation_missing"],
  ])("%s", async (_, params, output, texts, code, value) => {
    const judged = { output, conversation: texts.map(user), expectations: { language: code } };
    expect(await outcome("language", params, judged)).toBe(value);
  });
});
