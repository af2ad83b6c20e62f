import { describe, expect, it } from "vitest";
import { NO_EVIDENCE, type RunEvidence, type RunRecord } from "../../../src/evaluation/run-record.ts";
import type { ResultRun } from "../../../src/model/evaluation.ts";
import type { Verdict } from "../../../src/model/verdict.ts";
import { trainingRecord } from "../../../src/optimization/reflection/training-record.ts";
import { makeExample, makeRow } from "../../store/example-fixtures.ts";

const record = (run: Partial<ResultRun>, evidence: Partial<RunEvidence> = {}): RunRecord => ({
  run: { ...makeRow("a").run, ...run },
  evidence: { ...NO_EVIDENCE, ...evidence },
});

const verdict = (fields: Partial<Verdict>): Verdict => ({
  ...makeRow("a").verdicts["correct"],
  ...blank,
  ...fields,
});
const blank: Verdict = {
  state: "scored",
  value: 1,
  label: null,
  pass: true,
  rationale: null,
  reason: null,
  cuts: [],
  parts: [],
  source: { kind: "code", id: null },
  costUsd: null,
  inputTokens: null,
  outputTokens: null,
};

const judges = [
  { name: "correct", decides: true },
  { name: "polite", decides: false },
  { name: "grounded", decides: false },
];
const example = makeExample("a", {
  messages: [],
  turns: [],
  inputs: { question: "Where is 7QX?", locale: "en" },
});

describe("what a training case showed", () => {
  it("is in words: input, steps, output, expectations, judges, errors of tools", () => {
    const call = {
      name: "get_order",
      arguments: { id: "7QX" },
      result: "no such order",
      isError: true,
      spanId: null,
      turn: 1,
    };
    const made = trainingRecord(
      example,
      record(
        { status: "error", error: "gave up\u001b[2J", output: "I do not know." },
        {
          conversation: [
            {
              role: "user",
              parts: [
                { type: "text", text: "Where is 7QX?" },
                {
                  type: "media",
                  modality: "image",
                  ref: { hash: "1a2b3c4d5e", mimeType: "image/png", bytes: 84_000 },
                  uri: null,
                },
              ],
            },
            { role: "assistant", parts: [{ type: "text", text: "I do not know." }] },
          ],
          toolCalls: [call, call, call],
          innerErrors: 4,
          retrievals: [{ spanId: null, query: "lost orders", documents: [] }],
        },
      ),
      {
        judges,
        score: 0.25,
        verdicts: {
          grounded: verdict({ state: "not_applicable", value: null, pass: null }),
          polite: verdict({ state: "unscored", value: null, pass: null, reason: "cannot_tell" }),
          correct: verdict({ value: 0, pass: false, label: "wrong", rationale: "It was lost." }),
        },
      },
    );
    expect(made).toEqual({
      exampleId: "a",
      score: 0.25,
      status: "error",
      error: "gave up",
      input: ["question: Where is 7QX?", "locale: en"],
      steps: [
        "search (documents found: 0) for lost orders",
        "user: Where is 7QX?",
        "user: [image/png 84 kB 1a2b3c4d]",
        "(calls whose place is not recorded)",
        'call of get_order({"id":"7QX"})',
        "error of get_order: no such order",
        'call of get_order({"id":"7QX"})',
        "error of get_order: no such order",
        'call of get_order({"id":"7QX"})',
        "error of get_order: no such order",
      ],
      output: ["I do not know."],
      expectations: ["answer: answer a"],
      judges: [
        {
          judge: "correct",
          decides: true,
          label: "wrong",
          pass: false,
          value: 0,
          rationale: "It was lost.",
          reason: null,
        },
        {
          judge: "polite",
          decides: false,
          label: null,
          pass: null,
          value: null,
          rationale: null,
          reason: "cannot_tell",
        },
      ],
      findings: [
        "tool get_order failed 3 of 3 times, first: no such order",
        'called 3 times with the same arguments: get_order({"id":"7QX"})',
        "1 further steps failed inside the run",
        "1 of 1 searches found nothing",
      ],
      cuts: [],
    });
  });

  it("has no steps for a plain question, keeps long fields short, and counts infrastructure as missing", () => {
    const made = trainingRecord(example, record({ output: "x".repeat(20_000), status: "infrastructure" }), {
      judges: [],
      verdicts: {},
      score: 0,
    });
    expect(made).toMatchObject({ steps: [], score: null });
    expect(made.output.join("").length).toBeLessThan(8_100);
    expect(made.cuts).toEqual([{ what: "output", chars: expect.any(Number) }]);
  });

  it("is never made of validation or holdout", () => {
    for (const split of ["validation", "holdout"] as const)
      expect(() =>
        trainingRecord({ ...example, split }, record({}), { judges, verdicts: {}, score: 0 }),
      ).toThrow("only training examples");
  });
});
