import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { modelJudges } from "../../src/judges/model/index.ts";
import { render, renderTask } from "../../src/judges/model/render.ts";
import { SECTIONS } from "../../src/judges/model/section-names.ts";
import type { Subject } from "../../src/judges/model/sections.ts";
import type { ResolvedJudge } from "../../src/model/judge.ts";
import { judgedItem } from "./item.ts";
import { builtinJudge, customJudge } from "./resolved.ts";

const item = judgedItem({ inputs: "How late?", output: "Ten." });
const retrieval = { spanId: null, query: "late", documents: [] };

function subjectOf(name: string): Subject {
  const shape = modelJudges.find((judge) => judge.name === name)?.shape;
  if (shape === "pair") return { kind: "pair", first: item, second: judgedItem({ output: "Nine." }) };
  return shape === "per_retrieval" ? { kind: "retrieval", item, retrieval } : { kind: "item", item };
}

const GUIDED = { guidelines: ["Answer in Dutch.", "Never name a price."] };
const isGuided = (name: string) => /^(?:conversational_)?guidelines$/.test(name);
const judges = modelJudges.map(({ name }) => builtinJudge(name, isGuided(name) ? { params: GUIDED } : {}));

const sectionNames = SECTIONS.flatMap((name) => [name, `${name}_1`, `${name}_2`]);

describe.each(judges.map((judge) => [judge.name, judge] as const))("the rubric of %s", (name, judge) => {
  const { system, labels } = render(judge, subjectOf(name));

  it("is filled in, names only its own labels and sections, and says when it cannot tell", () => {
    const question = system.slice(0, system.indexOf("Choose exactly one label"));
    expect(system).not.toMatch(/\{\{|undefined/);
    expect(question).toMatch(/^- cannot_tell: ./m);
    const named = question.match(/\b[a-z]+(?:_[a-z0-9]+)+\b/g) ?? [];
    expect(named.filter((word) => ![...labels, ...sectionNames].includes(word))).toEqual([]);
    for (const { label, means } of judge.labels) expect(system).toContain(`\n- ${label}: ${means}\n`);
  });

  it("costs no more than it must: under 700 tokens with the frame and the menu", () => {
    expect(encode(system).length).toBeLessThan(700);
  });

  it("leaves room for an item where both must fit an answer of 8,000 characters", () => {
    expect(JSON.stringify(renderTask(judge, subjectOf(name)).rubric).length).toBeLessThan(3_000);
  });
});

const single = modelJudges.filter(({ shape }) => shape === "single");

it.each(single.map(({ name }) => name))("%s can be asked of a whole conversation", (name) => {
  const params = isGuided(name) ? GUIDED : {};
  const { system, user } = render(builtinJudge(name, { level: "session", params }), subjectOf(name));
  expect(system).not.toMatch(/\[(?:inputs|output|history|tool_calls)\]|\{\{|\(\s*\)/);
  expect(user).not.toMatch(/\[(?:inputs|output|history|tool_calls) \w+\]/);
  expect(system).toMatch(/\[(?:conversation|trace)\]/);
});

const systemOf = (judge: ResolvedJudge) => render(judge, { kind: "item", item }).system;

describe("what the author of a judge adds", () => {
  it("stands in the rubric, the same for all items", () => {
    const judge = builtinJudge("guidelines", { params: { ...GUIDED, notes: "A bank in Ghent." } });
    const system = systemOf(judge);
    expect(system).toContain("Guidelines:\n1. Answer in Dutch.\n2. Never name a price.\n");
    expect(system).toContain("About this agent:\nA bank in Ghent.");
    expect(render(judge, { kind: "item", item: judgedItem({ output: "x" }) }).system).toBe(system);
  });

  it("is not read as a template, nor are instructions twice", () => {
    const judge = customJudge("Is {{output}} fine? {{labels}} {{rubric}}", {
      params: { notes: "{{inputs}}" },
    });
    expect(systemOf(judge)).toContain("Is [output] fine? {{labels}} {{rubric}}");
    expect(systemOf(judge)).toContain("About this agent:\n{{inputs}}");
  });
});

describe("a judge of a user's own", () => {
  it("is shown what its instructions name and nothing else", () => {
    const { system, user } = render(customJudge("Is {{ outputs }} polite?"), {
      kind: "item",
      item: judgedItem({ inputs: "How late?", output: "Ten.", expectations: { answer: "10" } }),
    });
    expect(system).toContain("Is [output] polite?");
    expect(user).toContain("Ten.");
    expect(user).not.toContain("How late?");
    expect(user).not.toContain("10");
  });

  it("is shown input, expectations and output if they name nothing", () => {
    const { user } = render(customJudge("Is it polite?"), {
      kind: "item",
      item: judgedItem({ inputs: "How late?", output: "Ten.", expectations: { tone: "warm" } }),
    });
    for (const text of ["How late?", "Ten.", "tone: warm"]) expect(user).toContain(text);
  });

  it("of whole conversations reads input and output as the two sides of it", () => {
    const judge = customJudge("Does {{output}} answer {{inputs}}?", { level: "session" });
    const said = (role: "user" | "assistant", text: string) => ({
      role,
      parts: [{ type: "text" as const, text }],
    });
    const { system, user } = render(judge, {
      kind: "item",
      item: judgedItem({
        inputs: "last",
        output: "end",
        conversation: [
          said("user", "first"),
          said("assistant", "begun"),
          said("user", "last"),
          said("assistant", "end"),
        ],
      }),
    });
    expect(system).toContain(
      "Does the agent's part of [conversation] answer the user's part of [conversation]?\n- A whole conversation is judged",
    );
    expect(user).toContain("(turn 1)\nuser: first\nagent: begun\n(turn 2)\nuser: last\nagent: end\n");
    expect(user).not.toContain("[inputs");
  });
});
