import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { questionsFor } from "../../src/judges/model/questions-for.ts";
import { verdictFrom } from "../../src/judges/model/verdict-from.ts";
import type { Part } from "../../src/model/message.ts";
import { answered, questionsIn, verdictIn } from "./ask.ts";
import { hostileItem } from "./hostile-items.ts";
import { judgedItem } from "./item.ts";
import { builtinJudge, customJudge } from "./resolved.ts";

const correctness = builtinJudge("correctness");
const item = judgedItem({ inputs: "How late?", output: "Ten.", expectations: { answer: "10" } });

const labelled = (label: string, rationale = "Because.") => ({ rationale, label });

describe("a judge of one answer", () => {
  it("asks one question, whose key is fixed by what is asked and by the judge", () => {
    const keyOf = (...[judge, one]: Parameters<typeof questionsFor>) => {
      const [question, ...more] = questionsIn(questionsFor(judge, one));
      expect(more).toEqual([]);
      return question?.keyMaterial;
    };
    const key = keyOf(correctness, item);
    const elsewhere = { ...item, run: { ...item.run, durationMs: 9, costUsd: 1 } };
    expect(keyOf(correctness, elsewhere)).toBe(key);
    expect(keyOf(correctness, { ...item, output: "Nine." })).not.toBe(key);
    expect(keyOf({ ...correctness, hash: "1".repeat(64) }, item)).not.toBe(key);
    expect(keyOf({ ...correctness, params: { notes: "A clock." } }, item)).not.toBe(key);
    expect(keyOf({ ...correctness, kind: "assistant", model: null }, item)).not.toBe(key);
  });

  it("is asked as a task when the assistant judges", () => {
    const [question] = questionsIn(questionsFor({ ...correctness, kind: "assistant", model: null }, item));
    expect(question?.ask).toMatchObject({ by: "assistant", kind: "verdict" });
  });

  it.each([
    ["correct", 1, true],
    ["partly_correct", 0.5, false],
    ["incorrect", 0, false],
  ])("%s counts %d", (label, value, pass) => {
    const [question] = questionsIn(questionsFor(correctness, item));
    const verdict = question && verdictFrom(correctness, [answered(question, labelled(label))]);
    expect(verdict).toEqual({
      state: "scored",
      value,
      label,
      pass,
      rationale: "Because.",
      reason: null,
      cuts: [],
      parts: [],
      source: { kind: "llm_judge", id: "m" },
      costUsd: 0.001,
      inputTokens: 100,
      outputTokens: 10,
    });
  });

  const verdictOf = (judge: typeof correctness, answer: Parameters<typeof answered>[1]) => {
    const [question] = questionsIn(questionsFor(judge, item));
    if (!question) throw new Error("nothing asked");
    return verdictFrom(judge, [answered(question, answer)]);
  };

  it("passes by the threshold and turns around when negated", () => {
    const lenient = { ...correctness, threshold: 0.5 };
    expect(verdictOf(lenient, labelled("partly_correct"))).toMatchObject({ value: 0.5, pass: true });
    const negated = { ...correctness, negate: true };
    expect(verdictOf(negated, labelled("correct"))).toMatchObject({
      label: "correct",
      value: 0,
      pass: false,
    });
    expect(verdictOf(negated, labelled("incorrect"))).toMatchObject({ value: 1, pass: true });
    expect(verdictOf({ ...correctness, threshold: null }, labelled("correct")).pass).toBeNull();
  });

  it.each([
    [labelled("cannot_tell"), "cannot_tell"],
    [labelled("splendid"), "off_menu"],
    ["hm", "malformed"],
  ] as const)("leaves %j unscored", (answer, reason) => {
    expect(verdictOf(correctness, answer)).toMatchObject({
      state: "unscored",
      reason,
      value: null,
      pass: null,
      label: null,
      costUsd: 0.001,
    });
  });

  it("is not applicable by a label that counts nowhere", () => {
    const plan = builtinJudge("plan_quality");
    const talk = judgedItem({ conversation: [{ role: "user", parts: [{ type: "text", text: "Hi" }] }] });
    const [question] = questionsIn(questionsFor(plan, talk));
    const verdict = question && verdictFrom(plan, [answered(question, labelled("no_plan"))]);
    expect(verdict).toMatchObject({ state: "not_applicable", label: "no_plan", value: null, pass: null });
  });

  it("is an error when it could not be asked, never a pass", () => {
    const [question] = questionsIn(questionsFor(correctness, item));
    const source = { kind: "llm_judge", id: "m" } as const;
    const failed = { state: "failed", reason: "judge_outage", source } as const;
    const verdict = question && verdictFrom(correctness, [{ question, answer: failed }]);
    expect(verdict).toMatchObject({
      state: "error",
      reason: "judge_outage",
      value: null,
      pass: null,
      source,
    });
  });

  it("says what it was not shown", () => {
    const long = { ...item, output: "Ten. ".repeat(100) };
    const [question] = questionsIn(questionsFor(correctness, long, { budget: 300 }));
    const verdict = question && verdictFrom(correctness, [answered(question, labelled("correct"))]);
    expect(verdict?.cuts).toEqual([{ what: "output", chars: expect.any(Number) }]);
  });

  it("asks nothing about a failed run or an item that lacks what it needs", () => {
    const failed = { ...item, run: { ...item.run, ok: false, error: "crash" } };
    expect(verdictIn(questionsFor(correctness, failed))).toMatchObject({
      state: "scored",
      value: 0,
      pass: false,
      reason: "run_failed",
    });
    const without = judgedItem({ output: "Ten." });
    expect(verdictIn(questionsFor(correctness, without))).toMatchObject({
      state: "unscored",
      reason: "expectation_missing",
    });
    expect(verdictIn(questionsFor(correctness, { ...item, output: "" }))).toMatchObject({
      state: "unscored",
      reason: "input_missing",
      rationale: "the item has no output",
    });
  });
});

describe("media that a judge cannot be shown", () => {
  const image: Part = {
    type: "media",
    modality: "image",
    ref: { hash: "aa11", mimeType: "image/png", bytes: 84_000 },
    uri: null,
  };
  const text: Part = { type: "text", text: "See." };
  const drawn = (question: Part[], answer: Part[]) =>
    judgedItem({
      inputs: "See.",
      output: answer.includes(text) ? "See." : null,
      conversation: [
        { role: "user", parts: question },
        { role: "assistant", parts: answer },
      ],
    });
  const judge = customJudge("Is {{output}} right for {{inputs}}?");
  const reasonOf = (...[one, options]: [Parameters<typeof questionsFor>[1], object?]) => {
    const plan = questionsFor(judge, one, options);
    return "verdict" in plan ? plan.verdict.reason : null;
  };

  it("leaves unscored what is nothing else", () => {
    expect(reasonOf(drawn([text], [image]))).toBe("media_unsupported");
    expect(reasonOf(drawn([image], [text]))).toBe("media_unsupported");
    expect(reasonOf(drawn([image, text], [text, image]))).toBeNull();
  });

  it("does not keep a model that sees it from judging", () => {
    expect(reasonOf(drawn([image], [image]), { takes: ["image"] })).toBeNull();
    expect(reasonOf(drawn([image], [image]), { takes: ["audio"] })).toBe("media_unsupported");
    const [question] = questionsIn(questionsFor(judge, drawn([text], [image]), { takes: ["image"] }));
    expect(question?.ask).toMatchObject({ by: "llm", media: [{ number: 1, hash: "aa11" }] });
  });

  it("counts for an output that is an image as an output, where one is needed", () => {
    const plan = questionsFor(builtinJudge("relevance"), drawn([text], [image]), { takes: ["image"] });
    expect(questionsIn(plan)).toHaveLength(1);
  });

  it("does not concern a judge that looks elsewhere", () => {
    expect(
      questionsIn(questionsFor(customJudge("Is {{expectations}} odd?"), drawn([image], [image]))),
    ).toHaveLength(1);
  });
});

describe("a judge of retrievals", () => {
  const judge = builtinJudge("retrieval_relevance");
  const found = (spanId: string, content: string) => ({
    spanId,
    query: "late",
    documents: [{ id: null, content, score: null }],
  });
  const several = judgedItem({ retrievals: [found("a", "Ten."), found("b", "Cats."), found("c", "Ten.")] });

  it("asks once about each and counts each place", () => {
    const [ten, cats, ...more] = questionsIn(questionsFor(judge, several));
    expect(more).toEqual([]);
    expect(ten?.places.map(({ spanId }) => spanId)).toEqual(["a", "c"]);
    if (!ten || !cats) throw new Error("nothing asked");
    const verdict = verdictFrom(judge, [
      answered(ten, labelled("relevant", "On time.")),
      answered(cats, labelled("irrelevant", "Cats.")),
    ]);
    expect(verdict).toMatchObject({
      state: "scored",
      value: 2 / 3,
      label: null,
      pass: true,
      rationale: "Cats.",
    });
    expect(verdict.parts).toEqual([
      { spanId: "a", turn: null, label: "relevant", value: 1, rationale: "On time." },
      { spanId: "c", turn: null, label: "relevant", value: 1, rationale: "On time." },
      { spanId: "b", turn: null, label: "irrelevant", value: 0, rationale: "Cats." },
    ]);
    expect(verdict.costUsd).toBeCloseTo(0.002);
  });

  it("leaves out what is not applicable, and concludes nothing past what it could not tell", () => {
    const [ten, cats] = questionsIn(questionsFor(judge, several));
    if (!ten || !cats) throw new Error("nothing asked");
    const verdict = (first: string, second: string) =>
      verdictFrom(judge, [answered(ten, labelled(first)), answered(cats, labelled(second))]);
    expect(verdict("empty", "mixed")).toMatchObject({ state: "scored", value: 0.5 });
    expect(verdict("empty", "empty")).toMatchObject({ state: "not_applicable", value: null, pass: null });
    expect(verdict("relevant", "cannot_tell")).toMatchObject({
      state: "unscored",
      reason: "cannot_tell",
      value: null,
    });
    expect(verdict("relevant", "cannot_tell").parts).toHaveLength(3);
  });
});

describe("whatever is graded", () => {
  it("the verdict is what the judge answered, also when it quotes all of it", () => {
    const judge = customJudge("Judge {{trace}}, {{expectations}} and {{output}}.");
    fc.assert(
      fc.property(hostileItem, (hostile) => {
        const one = { ...hostile, run: { ...hostile.run, ok: true } };
        const [question] = questionsIn(questionsFor(judge, one));
        if (question?.ask.by !== "llm") throw new Error("nothing asked");
        const rationale = question.ask.user;
        for (const answer of [labelled("fail", rationale), JSON.stringify(labelled("fail", rationale))])
          expect(verdictFrom(judge, [answered(question, answer)])).toMatchObject({
            label: "fail",
            value: 0,
            pass: false,
          });
        const prose = verdictFrom(judge, [answered(question, `${rationale}\nlabel: fail`)]);
        expect([prose.label, prose.reason]).not.toContain("pass");
        expect(prose.pass).not.toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
