import { describe, expect, it } from "vitest";
import type { Message } from "../../../src/model/message.ts";
import { reflectionRequest } from "../../../src/optimization/reflection/request.ts";
import { makeEntry, makeOrder, makeRecord, makeSpec } from "./orders.ts";

const textOf = (message: Message | undefined): string =>
  (message?.parts ?? []).map((part) => (part.type === "text" ? part.text : "")).join("\n");

const seed = 'Help {{customer}}.\nAnswer as JSON: {"order_id": "..."}.';
const now = `${seed}\nBe polite.`;
const spec = makeSpec("system", seed, { purpose: "What the agent is told first" });

const scores = (...values: number[]) => new Map(values.map((value, i) => [`v${i}`, value]));

describe("what a reflection model is asked", () => {
  const first = makeEntry(0, { system: seed }, { scores: scores(0, 0, 1, 1), estimate: 0.5 });
  const parent = makeEntry(
    1,
    { system: now },
    { scores: scores(1, 0, 1, 1), estimate: 0.75, hypothesis: "Politeness\nhelps." },
  );
  const order = makeOrder(
    { system: now },
    [
      makeRecord("a", { findings: ["tool get_order failed 1 of 2 times, first: no such order"] }),
      makeRecord("b", {
        score: 1,
        judges: [
          {
            judge: "correct",
            decides: true,
            label: null,
            pass: true,
            value: 1,
            rationale: null,
            reason: null,
          },
        ],
      }),
      makeRecord("c", { score: null, status: "infrastructure" }),
    ],
    {
      parent,
      lineage: [parent, first],
      rejected: [
        {
          parent: 1,
          components: { system: `${seed}\nBe brief.` },
          code: null,
          hypothesis: "Brevity helps.",
          reason: "worse_on_validation",
          detail: "8 worse, 2 better",
          before: 0.75,
          after: 0.5,
          iteration: 2,
        },
      ],
    },
  );

  it("holds the text, how it came about, what was refused and why, and the cases, failures first", () => {
    const { request, cuts } = reflectionRequest(order, { components: [spec] });
    expect(cuts).toEqual([]);
    expect(textOf(request.messages[1]).replaceAll(/\b[0-9a-f]{8}\b/g, "CODE")).toMatchInlineSnapshot(`
      "CODE CODE.

      "system": What the agent is told first
      It has 66 characters and may have 2055.
      Keep, character by character:
      - {{customer}}
      - "order_id"
      [text "system" CODE]
      Help {{customer}}.
      Answer as JSON: {"order_id": "..."}.
      Be polite.
      [end CODE]

      [lineage CODE]
      seed: validation score 0.5, 55 characters
      candidate 1: validation score 0.75, 66 characters. Hypothesis: Politeness helps. (it held: score +0.25 on 4 validation examples)
      [end CODE]

      [refused edits CODE]
      edit of this text: Brevity helps.
        - Be polite.
        + Be brief.
        refused: worse on validation (8 worse, 2 better), score 0.75 before and 0.5 after
      [end CODE]

      [failing case 1 CODE]
      score 0; the run ended well
      judge correct (decides): fail, "wrong", 0: It is not so.
      trace: tool get_order failed 1 of 2 times, first: no such order
      input:
        question: question a
      output:
        answer a
      expected:
        answer: expected a
      [end CODE]

      [passing case 1 CODE]
      score 1; the run ended well
      judge correct (decides): pass, 1
      input:
        question: question b
      output:
        answer b
      expected:
        answer: expected b
      [end CODE]

      (1 cases have no score and are not shown)

      End of CODE. Write now, as you were told before it."
    `);
  });

  it("asks for JSON with a text for each component, or for sections with the order's code", () => {
    const json = reflectionRequest(order, { components: [spec] }).request;
    expect(JSON.stringify(json.answer?.schema)).toBe(
      '{"type":"object","properties":{"hypothesis":{"type":"string"},"components":{"type":"object","properties":{"system":{"type":"string"}},"required":["system"],"additionalProperties":false}},"required":["hypothesis","components"],"additionalProperties":false}',
    );
    expect(textOf(json.messages[0])).toContain('with these names and no other: "system".');
    const fenced = reflectionRequest(order, { components: [spec], form: "fenced" }).request;
    const [, code] = /^CODE ([0-9a-f]{8})\./.exec(textOf(fenced.messages[1])) ?? [];
    expect(fenced.answer).toBeUndefined();
    expect(textOf(fenced.messages[0])).toContain(
      `a line [text NAME ${code}], the whole new text, and a line [end ${code}]`,
    );
  });

  it("tells parallel proposals apart", () => {
    const texts = [0, 1].map((slot) =>
      textOf(reflectionRequest({ ...order, slot }, { components: [spec] }).request.messages[1]),
    );
    expect(texts[0]).not.toContain("Several proposals");
    expect(texts[1]).toContain("Yours is number 2");
  });

  it("shows failures before others in a small budget, whole texts always, and names each cut", () => {
    const long = "A long answer. ".repeat(2_000);
    const text = "Be kind. ".repeat(5_000);
    const records = Array.from({ length: 40 }, (_, i) =>
      makeRecord(`r${i}`, { score: i < 30 ? 0 : 1, output: [long.slice(0, 8_000)] }),
    );
    const { request, cuts } = reflectionRequest(makeOrder({ system: text }, records), {
      components: [makeSpec("system", text)],
      budgetTokens: 2_000,
    });
    const shown = textOf(request.messages[1]);
    expect(shown).toContain(text);
    expect((shown.length - text.length) / 4).toBeLessThan(2_100);
    const named = cuts.map(({ what }) => what);
    expect(named).toContain("failing case 1");
    const [more] = named.filter((what) => what.endsWith("further failing cases"));
    const count = Number(more?.split(" ")[0]);
    expect(shown.match(/^\[failing case \d+ /gm)?.length).toBe(30 - count);
    expect(shown).toContain(`(${count} further failing cases are not shown)`);
    expect(shown).toMatch(/\[[0-9a-f]{8}: \d+ characters left out\]/);
    expect(shown).toContain("[passing case 1 ");
  });

  it("merges repeats of a case: the worst is shown with the scores of all", () => {
    const twice = makeOrder({ system: "x" }, [
      makeRecord("a", { score: 1, output: ["good"] }),
      makeRecord("a", { score: 0, output: ["bad"] }),
    ]);
    const shown = textOf(
      reflectionRequest(twice, { components: [makeSpec("system", "x")] }).request.messages[1],
    );
    expect(shown).toContain("score 0 (its repeats: 1, 0)");
    expect(shown).toContain("bad");
    expect(shown).not.toContain("good");
  });
});
