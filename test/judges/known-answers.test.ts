import { describe, expect, it } from "vitest";
import { knownAnswers } from "../../src/judges/known-answers/index.ts";
import { modelJudges } from "../../src/judges/model/index.ts";
import { pairQuestionsFor, questionsFor } from "../../src/judges/model/questions-for.ts";
import { renderTask } from "../../src/judges/model/render.ts";
import { questionsIn } from "./ask.ts";
import { builtinJudge, customJudge } from "./resolved.ts";

describe.each(modelJudges.map((judge) => [judge.name, judge] as const))(
  "known answers of %s",
  (name, judge) => {
    const known = knownAnswers(builtinJudge(name));

    it("are two to four, with labels of the menu, different ones among them", () => {
      expect(known.length).toBeGreaterThanOrEqual(2);
      expect(known.length).toBeLessThanOrEqual(4);
      const menu = judge.labels.map(({ label }) => label);
      expect(known.filter(({ label }) => !menu.includes(label))).toEqual([]);
      expect(new Set(known.map(({ label }) => label)).size).toBeGreaterThan(1);
    });

    it("have all that the judge needs, so that they are asked", () => {
      for (const { judge: asShipped, subject } of known) {
        expect(judge.params.safeParse(asShipped.params).error).toBeUndefined();
        const plan =
          subject.kind === "pair"
            ? pairQuestionsFor(asShipped, subject.first, subject.second)
            : questionsFor(asShipped, subject.item);
        expect(questionsIn(plan).length).toBeGreaterThan(0);
      }
    });

    it("are small, whole, different, and do not give themselves away", () => {
      const tasks = known.map(({ judge: asShipped, subject }) => renderTask(asShipped, subject));
      expect(new Set(tasks.map(({ item }) => item)).size).toBe(known.length);
      tasks.forEach(({ item, cuts }, i) => {
        expect(cuts).toEqual([]);
        expect(item.length).toBeLessThan(1_600);
        expect(item).not.toContain(`: ${known[i]?.label}`);
      });
    });
  },
);

it("are asked by the rubric as shipped, and not for judges of a user's own", () => {
  const noted = builtinJudge("relevance", { params: { notes: "Anything goes." } });
  const [first] = knownAnswers(noted);
  if (!first) throw new Error("none");
  expect(renderTask(first.judge, first.subject).rubric).not.toContain("Anything goes.");
  expect(knownAnswers(customJudge("Is it fine?"))).toEqual([]);
});
