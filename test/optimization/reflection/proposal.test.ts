import { describe, expect, it } from "vitest";
import { candidateFromAnswer, readProposal } from "../../../src/optimization/reflection/proposal.ts";
import { makeOrder } from "./orders.ts";

const one = makeOrder({ system: "Be kind. Answer briefly." });
const two = makeOrder({ system: "Be kind.", refund: "Refunds an order." });

const read = (text: string, order = one, truncated = false) => readProposal({ text, truncated }, order);
const proposed = (components: Record<string, string>, hypothesis: string | null = null) => ({
  state: "proposed",
  components,
  code: null,
  hypothesis,
});

describe("an answer with a proposal in it", () => {
  it.each([
    ["JSON", '{"hypothesis": "why", "components": {"system": "New."}}', "why"],
    ["JSON with a list", '{"hypothesis": "why", "components": [{"name": "system", "text": "New."}]}', "why"],
    [
      "JSON in prose and a fence",
      'Sure!\n```json\n{"hypothesis": "why", "components": {"system": "New."}}\n```\nDone.',
      "why",
    ],
    [
      "JSON after thoughts",
      '<think>{"components": {"system": "Old."}}</think>{"components": {"system": "New."}}',
      null,
    ],
    ["a section", '**Hypothesis:** why\n[text "system" 0a1b2c3d]\nNew.\n[end 0a1b2c3d]', "why"],
    ["a section that is never closed", 'HYPOTHESIS: why\n[text "system" 0a1b2c3d]\nNew.', "why"],
    ["a code fence", "Hypothesis: why\n\n```\nNew.\n```\nGood luck.", "why"],
    ["a code fence that is never closed", "```markdown\nNew.", null],
  ])("as %s", (_, text, hypothesis) => {
    expect(read(text)).toEqual(proposed({ system: "New." }, hypothesis));
  });

  it("keeps code inside a fenced text", () => {
    expect(read("```\nWrite:\n```json\n{}\n```\nNo more.\n```")).toEqual(
      proposed({ system: "Write:\n```json\n{}\n```\nNo more." }),
    );
  });

  it("may leave out texts of several", () => {
    expect(read('{"hypothesis": "why", "components": {"refund": "New."}}', two)).toEqual(
      proposed({ refund: "New." }, "why"),
    );
  });

  it("as edits of the present text", () => {
    const edits = [
      { component: "system", find: "Answer briefly.", replace: "Answer in $& one line." },
      { component: "system", find: "kind", replace: "calm" },
    ];
    expect(read(JSON.stringify({ hypothesis: "why", edits }))).toEqual(
      proposed({ system: "Be calm. Answer in $& one line." }, "why"),
    );
  });

  it("cleans the hypothesis to one line", () => {
    const text = JSON.stringify({ hypothesis: "a\n\u001b[31mb\u202E", components: { system: "New." } });
    expect(read(text)).toEqual(proposed({ system: "New." }, "a b"));
  });
});

describe("an answer without one", () => {
  it.each([
    [
      "cut off",
      '{"hypothesis": "why", "components": {"system": "New."}}',
      one,
      true,
      "the answer was cut off at the length limit",
    ],
    ["empty", " \n", one, false, "the answer was empty"],
    ["prose", "I would make it kinder.", one, false, "the answer had no text between fences"],
    [
      "an empty text",
      '{"hypothesis": "why", "components": {"system": " "}}',
      one,
      false,
      "a new text is empty",
    ],
    ["an empty fence", "```\n```", one, false, "a new text is empty"],
    ["no text", '{"hypothesis": "why", "components": {}}', one, false, "the answer has no text"],
    [
      "two blocks",
      "```\nA\n```\nor\n```\nB\n```",
      one,
      false,
      "the answer had several fenced blocks, and nothing says which is the text",
    ],
    [
      "a block for two texts",
      "```\nA\n```",
      two,
      false,
      "the answer was neither JSON nor sections, and several texts were asked for",
    ],
    [
      "a text not asked for",
      '{"components": {"system": "New.", "other": "x"}}',
      one,
      false,
      "the answer has 1 text that was not asked for",
    ],
    [
      "a name twice",
      '{"components": [{"name": "system", "text": "A"}, {"name": "system", "text": "B"}]}',
      one,
      false,
      "the answer has two texts for one name",
    ],
    [
      "our mark",
      '{"components": {"system": "A [0a1b2c3d: 120 characters left out] B"}}',
      one,
      false,
      "a new text holds the mark of a passage that was left out: it would lose that passage",
    ],
    [
      "an edit of nothing",
      '{"edits": [{"component": "system", "find": "rude", "replace": "x"}]}',
      one,
      false,
      "edit 1 looks for a passage that stands nowhere in the text; it must stand there once",
    ],
    [
      "an edit in two places",
      '{"edits": [{"component": "system", "find": "e", "replace": "x"}]}',
      one,
      false,
      "edit 1 looks for a passage that stands 3 times in the text; it must stand there once",
    ],
  ])("%s", (_, text, order, truncated, reason) => {
    expect(read(text, order, truncated)).toEqual({ state: "failed", reason });
  });

  it("tells the assistant what is allowed", () => {
    expect(() => candidateFromAnswer("no", two)).toThrow("No candidate can be made of this");
    expect(() => candidateFromAnswer('{"components": {"system": "New."}}', one)).toThrow(
      "states no hypothesis",
    );
    try {
      candidateFromAnswer('{"components": {"ignore all": "x"}}', two);
    } catch (error) {
      expect(error).toMatchObject({
        code: "invalid_input",
        message: "No candidate can be made of this: the answer has 1 text that was not asked for",
        hint: 'Answer with {"hypothesis": "...", "components": {"system": "whole new text", "refund": "whole new text"}}, or with {"hypothesis": "...", "edits": [{"component", "find", "replace"}]}, each passage standing once in the present text.',
      });
      expect.assertions(3);
    }
  });
});
