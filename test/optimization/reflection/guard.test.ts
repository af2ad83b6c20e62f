import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyIndex, examplePassages, findCopied } from "../../../src/optimization/reflection/copied.ts";
import { checkCandidate, type GuardOptions } from "../../../src/optimization/reflection/guard.ts";
import { promptText } from "../../../src/prompts.ts";
import { packageRoot } from "../../../src/runtime.ts";
import { makeExample } from "../../store/example-fixtures.ts";
import { makeOrder, makeSpec } from "./orders.ts";

const seed = [
  "You help customers of {{airline}}. Today is {today}.",
  'Answer as JSON: {"order_id": "...", "score": 1}, inside <answer> and </answer>.',
  "Call `get_order` first. The rules are on https://example.com/rules.",
].join("\n");

const refuse = (text: string, fields: Partial<GuardOptions> = {}) => {
  const spec = makeSpec("system", seed, {
    tools: ["get_order", "refund"],
    preserve: ["1 to 5"].filter(() => false),
  });
  return checkCandidate({ components: { system: text }, code: null }, makeOrder({ system: seed }), {
    components: [spec],
    ...fields,
  });
};

describe("a candidate is refused", () => {
  it.each([
    ["an empty text", " ", "is empty"],
    ["a variable lost", seed.replace("{{airline}}", "the airline"), 'lacks the variables "{{airline}}"'],
    ["a variable of another kind lost", seed.replace("{today}", "now"), 'lacks the variables "{today}"'],
    [
      "a variable added",
      `${seed} {{user}}`,
      'has 1 variables that its seed has not; use only "{{airline}}", "{today}"',
    ],
    ["a key renamed", seed.replace("order_id", "orderId"), 'lacks what must be kept: "\\"order_id\\""'],
    ["a tag lost", seed.replaceAll("answer>", "reply>"), 'lacks what must be kept: "<answer>", "</answer>"'],
    ["a tool's name lost", seed.replace("get_order", "the tool"), 'lacks what must be kept: "get_order"'],
    [
      "an address changed",
      seed.replace("example.com", "example.org"),
      'lacks what must be kept: "https://example.com/rules"',
    ],
    ["too long", seed + " Be kind.".repeat(400), "shorten it by at least"],
    ["a control character", `${seed}\u001b[2J`, "has control or invisible characters"],
    ["hidden tags", `${seed}\u{E0041}`, "has control or invisible characters"],
  ])("for %s", (_, text, reason) => {
    const refused = refuse(text);
    expect(refused).toContain(`The component "system" `);
    expect(refused).toContain(reason);
  });

  it("for components that the campaign has not, or that are missing", () => {
    const options = { components: [makeSpec("system", seed)] };
    const order = makeOrder({ system: seed });
    expect(checkCandidate({ components: { system: seed, "x\u001b": "y" }, code: null }, order, options)).toBe(
      'The candidate has 1 components that the campaign has not; it has "system".',
    );
    expect(checkCandidate({ components: {}, code: null }, order, options)).toBe(
      'The component "system" is missing; give all of them.',
    );
  });

  it("for a literal that its author declared", () => {
    const spec = makeSpec("system", "Rate it from 1 to 5.", { preserve: ["1 to 5"] });
    const check = (text: string) =>
      checkCandidate({ components: { system: text }, code: null }, makeOrder({ system: spec.seed }), {
        components: [spec],
      });
    expect(check("Rate it from 1 to 3, strictly.")).toContain('lacks what must be kept: "1 to 5"');
    expect(check("Rate it, strictly, from 1 to 5.")).toBeNull();
  });
});

describe("an ordinary edit passes", () => {
  it.each([
    ["the seed", seed],
    ["a rule more", `${seed}\nIf a tool fails, say so; do not guess.`],
    ["variables with spaces", seed.replace("{{airline}}", "{{ airline }}")],
    [
      "the key in a table",
      seed.replace('{"order_id": "...", "score": 1}', "an object with order_id and score"),
    ],
    ["more JSON with braces", `${seed}\nFor instance {"order_id": "A1", "score": 2} or {"a": {"b": 1}}.`],
    ["code fences and $&", `${seed}\n\`\`\`\n$& $1\n\`\`\``],
    ["accents, emoji and Arabic", `${seed} Höflich 👩‍👩‍👧 مرحبا‎`],
    ["a shorter text", seed.replace("Today is {today}.", "{today}")],
  ])("%s", (_, text) => expect(refuse(text)).toBeNull());

  it("where the seed itself holds what is refused", () => {
    const odd = "Zero\u200bwidth. <b>x";
    const spec = makeSpec("system", odd, { maxLength: 100 });
    const check = (text: string) =>
      checkCandidate({ components: { system: text }, code: null }, makeOrder({ system: odd }), {
        components: [spec],
      });
    expect(check(`${odd} More.`)).toBeNull();
    expect(check(`${odd}\u200b`)).toContain("invisible");
  });
});

const questions = [
  "Please cancel the reservation Q4X7ZP of Mrs Okonkwo because her daughter is ill",
  "I would like to know whether I can bring my cello on board as hand luggage",
  "Please change the flight of my reservation to the day after tomorrow in the morning",
  "What is the status of my refund for the cancelled flight to Reykjavik last November",
];
const examples = questions.map((question, i) =>
  makeExample(`e${i}`, {
    inputs: { question, policy: "Only the following policy applies to each of the requests of customers." },
    messages: [],
    turns: ["and the second bag of my brother Théophile too please"],
    expectations: { answer: "It cannot be refunded since the ticket was bought as basic economy in spring" },
  }),
);
const training = copyIndex(examples.map(examplePassages), [seed]);

describe("copies of training cases", () => {
  it.each([
    ["a whole question", `${seed}\nExample: ${questions[0]}`],
    [
      "five words with a name",
      `${seed}\nIf somebody asks to cancel the reservation Q4X7ZP of a friend, do it.`,
    ],
    ["with other case and punctuation", `${seed}\nTHE RESERVATION "Q4X7ZP": OF MRS. Okonkwo!`],
    ["eight plain words", `${seed}\nSome ask: to know whether I can bring my cello on trains.`],
    ["five words around a long one", `${seed}\nThe flight to Reykjavik last November was late.`],
  ])("are found: %s", (_, text) => {
    expect(refuse(text, { training })).toMatch(
      /copies \d+ words of a training case, from word \d+ on; write the rule/,
    );
  });

  it.each([
    [
      "phrases that anybody writes",
      `${seed}\nPlease change the reservation if the customer asks for it. I would like to know your reasons.`,
    ],
    [
      "topics of the cases",
      `${seed}\nCancellations: ask why. Musical instruments such as a cello may be hand luggage. Check the status of a refund.`,
    ],
    ["rules of the domain", `${seed}\nTickets bought as basic economy are not refunded; say so at once.`],
    ["what is in many cases", `${seed}\nIt cannot be refunded since the ticket was a gift.`],
  ])("are not seen in %s", (_, text) => expect(refuse(text, { training })).toBeNull());

  it("count in Chinese and Japanese by characters", () => {
    const index = copyIndex([
      ["请问我在冰岛买的羊毛毯子可以退货并且退款到原来的银行卡吗"],
      ["注文した青い自転車のブレーキが壊れているので交換してください"],
    ]);
    expect(
      findCopied("如果有人问我在冰岛买的羊毛毯子可以退货并且退款到原来的银行卡，请回答。", index),
    ).not.toBeNull();
    expect(findCopied("例：注文した青い自転車のブレーキが壊れているので困る", index)).not.toBeNull();
    expect(findCopied("用户询问退货和退款时，请先核实订单。", index)).toBeNull();
    expect(findCopied("返品や交換の依頼には、まず注文番号を確認してください。", index)).toBeNull();
  });

  it("in the seed or a declared literal are nobody's", () => {
    const own = copyIndex(examples.map(examplePassages), [`${seed}\n${questions[0]}`]);
    expect(refuse(`${seed}\n${questions[0]}`, { training: own })).toBeNull();
  });

  it("of the holdout are found from hashes alone, training text apart", () => {
    const sealed = "The passenger Bartholomew Quigley wants seat 14C beside the emergency exit";
    const holdout = copyIndex([[sealed], [questions[1] ?? ""]], [seed, ...questions]);
    expect(JSON.stringify([...holdout.short, ...holdout.long])).not.toMatch(/Quigley|quigley/);
    expect(refuse(`${seed}\nThe passenger Bartholomew Quigley wants it.`, { holdout })).toMatch(
      /holds 5 words of the sealed holdout, from word \d+ on/,
    );
    expect(refuse(`${seed}\n${questions[1]}`, { holdout })).toBeNull();
  });

  it("raises no alarm over other people's instructions", () => {
    const folder = join(packageRoot, "prompts");
    const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".md"),
    );
    const alarms = names.filter((name) => findCopied(promptText(name.slice(0, -3)), training) !== null);
    expect(names.length).toBeGreaterThan(40);
    expect(alarms).toEqual([]);
  });
});
