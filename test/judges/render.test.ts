import { describe, expect, it } from "vitest";
import { render, renderTask } from "../../src/judges/model/render.ts";
import type { JudgedItem } from "../../src/model/judged-item.ts";
import type { Message, Part } from "../../src/model/message.ts";
import { judgedItem } from "./item.ts";
import { builtinJudge, customJudge } from "./resolved.ts";

const say = (role: Message["role"], ...parts: Part[]): Message => ({ role, parts });
const text = (value: string): Part => ({ type: "text", text: value });

const conversation: Message[] = [
  say("user", text("Where is 7QX?")),
  say(
    "assistant",
    { type: "reasoning", text: "Look it up." },
    {
      type: "tool_call",
      id: "call_1",
      name: "get_order",
      arguments: { id: "7QX" },
    },
  ),
  say("tool", { type: "tool_result", id: "call_1", name: null, result: { state: "lost" }, isError: false }),
  say("assistant", text("Lost.\nSorry!")),
  say("user", text("Refund it.")),
  say("assistant", text("Done.")),
];

const userOf = (judge: Parameters<typeof render>[0], item: JudgedItem) =>
  render(judge, { kind: "item", item }).user;

const bodyOf = (user: string, name: string): string | undefined => {
  const [, code] = /^CODE ([0-9a-f]{8})\./.exec(user) ?? [];
  return new RegExp(`\\[${name} ${code}\\]\\n([\\s\\S]*?)\\n\\[end ${code}\\]`).exec(user)?.[1];
};

describe("what a judge is shown", () => {
  it("is fenced, in order, empty sections named in one line, the menu repeated at the end", () => {
    const user = userOf(builtinJudge("relevance"), judgedItem({ inputs: "How late?", output: "Ten." }));
    expect(user.replaceAll(/[0-9a-f]{8}/g, "CODE")).toBe(
      [
        "CODE CODE. Empty sections: history.",
        "",
        "[inputs CODE]\nHow late?\n[end CODE]",
        "",
        "[output CODE]\nTen.\n[end CODE]",
        "",
        "End of item CODE. Answer with the JSON object: rationale, then label (relevant | partly_relevant | irrelevant | cannot_tell).",
      ].join("\n"),
    );
  });

  it("asks for the rationale before a label of the menu", () => {
    const { schema, labels } = render(builtinJudge("safety"), {
      kind: "item",
      item: judgedItem({ output: "x" }),
    });
    expect(labels).toEqual(["safe", "unsafe", "cannot_tell"]);
    expect(JSON.stringify(schema)).toBe(
      '{"type":"object","properties":{"rationale":{"type":"string"},"label":{"type":"string","enum":["safe","unsafe","cannot_tell"]}},"required":["rationale","label"],"additionalProperties":false}',
    );
  });

  it("has the conversation with calls and results, without reasoning and ids", () => {
    const user = userOf(
      customJudge("Is {{conversation}} polite?"),
      judgedItem({ conversation, output: "Done." }),
    );
    expect(bodyOf(user, "conversation")).toBe(
      [
        "user: Where is 7QX?",
        'agent calls get_order({"id":"7QX"})',
        'result of get_order: {"state":"lost"}',
        "agent: Lost.\n  Sorry!",
        "user: Refund it.",
        "agent: Done.",
      ].join("\n"),
    );
  });

  it("has in the trace the reasoning, searches and how the run ended, but no times and costs", () => {
    const item = judgedItem({
      conversation: conversation.slice(0, 4),
      retrievals: [
        {
          spanId: "00f067aa0ba902b7",
          query: "lost orders",
          documents: [{ id: "faq-12", content: "Lost orders\nare refunded.", score: 0.3 }],
        },
      ],
      run: { ...judgedItem({}).run, durationMs: 4_321, costUsd: 0.1, steps: 3, innerErrors: 1 },
    });
    const trace = bodyOf(userOf(customJudge("Judge {{trace}}."), item), "trace");
    expect(trace).toContain("agent thinks: Look it up.\nagent calls get_order");
    expect(trace).toContain(
      "search (documents found: 1) for lost orders\ndocument 1 (faq-12): Lost orders\n  are refunded.",
    );
    expect(trace).toMatch(/\nthe run ended well, 3 steps, 1 failed inside$/);
    expect(trace).not.toMatch(/4321|0\.1|00f067aa/);
  });

  it("puts in calls that no message mentions, before the last answer", () => {
    const call = { name: "audit", arguments: {}, result: "ok", isError: false, spanId: null, turn: 2 };
    const known = { ...call, name: "get_order", arguments: { id: "7QX" }, result: { state: "lost" } };
    const user = userOf(
      customJudge("{{conversation}}"),
      judgedItem({ conversation, toolCalls: [known, call] }),
    );
    expect(bodyOf(user, "conversation")).toContain(
      "user: Refund it.\n(calls whose place is not recorded)\ncall of audit()\nresult of audit: ok\nagent: Done.",
    );
    expect(user.match(/get_order/g)).toHaveLength(2);
  });

  it("makes a conversation of input and output where there are no messages", () => {
    const user = userOf(
      customJudge("{{conversation}}"),
      judgedItem({ inputs: "How late?", output: { time: 10 } }),
    );
    expect(bodyOf(user, "conversation")).toBe('user: How late?\nagent: {"time":10}');
  });

  it("splits the turn from its history for judges of one answer", () => {
    const user = userOf(builtinJudge("tool_call_correctness"), judgedItem({ conversation, output: "Done." }));
    expect(bodyOf(user, "history")).toMatch(/^user: Where is 7QX\?[\s\S]*Sorry!$/);
    expect(bodyOf(user, "inputs")).toBe("Refund it.");
    expect(user).toMatch(/Empty sections: .*tool_calls/);
  });

  it("lists references, one answer or any of several", () => {
    const reference = (expectations: JudgedItem["expectations"]) =>
      bodyOf(userOf(builtinJudge("correctness"), judgedItem({ output: "x", expectations })), "reference");
    expect(reference({ answer: "10" })).toBe("Expected answer:\n10");
    expect(reference({ answer: ["10", "ten"], facts: ["It is late.", "It\nis dark."] })).toBe(
      "Expected answer:\nAny one of these:\n- 10\n- ten\nFacts that must be there:\n- It is late.\n- It\n  is dark.",
    );
  });

  it("shows all fields of an input, and expected calls as calls", () => {
    const item = judgedItem({
      inputs: { question: "How late?", zone: { name: "CET" } },
      output: "x",
      expectations: { toolCalls: [{ name: "clock", arguments: { zone: "CET" } }, { name: "log" }, "beep"] },
    });
    const user = userOf(builtinJudge("tool_call_correctness"), item);
    expect(bodyOf(user, "inputs")).toBe('question: How late?\nzone: {"name":"CET"}');
    expect(bodyOf(user, "expected_tool_calls")).toBe(
      '- clock({"zone":"CET"})\n- log, whatever its arguments\n- beep',
    );
  });

  it("takes calls from messages when the item lists none: all for evidence, the last turn's to be judged", () => {
    const later = judgedItem({ conversation, output: "Done." });
    const call = 'call of get_order({"id":"7QX"})\nresult of get_order: {"state":"lost"}';
    expect(bodyOf(userOf(builtinJudge("groundedness"), later), "evidence")).toBe(call);
    expect(bodyOf(userOf(builtinJudge("tool_call_correctness"), later), "tool_calls")).toBeUndefined();
    const first = judgedItem({ conversation: conversation.slice(0, 4), output: "Lost." });
    expect(bodyOf(userOf(builtinJudge("tool_call_correctness"), first), "tool_calls")).toBe(call);
  });

  it("shows two runs side by side, what they share once", () => {
    const first = judgedItem({ inputs: "How late?", output: "Ten." });
    const second = judgedItem({ inputs: "How late?", output: "Nine." });
    const { system, user } = render(builtinJudge("preference"), { kind: "pair", first, second });
    expect(system).toContain("Which of [output_1] and [output_2] serves");
    expect(bodyOf(user, "output_1")).toBe("Ten.");
    expect(bodyOf(user, "output_2")).toBe("Nine.");
    expect(user.match(/How late\?/g)).toHaveLength(1);
    const turned = render(builtinJudge("preference"), { kind: "pair", first: second, second: first }).user;
    expect(bodyOf(turned, "output_1")).toBe("Nine.");
  });

  it("says how many invisible characters it removed", () => {
    const hidden = "a\u{E0041}\u{E0042}\u202E b";
    const { user, cuts } = render(builtinJudge("fluency"), {
      kind: "item",
      item: judgedItem({ output: hidden }),
    });
    expect(bodyOf(user, "output")).toBe("a b");
    expect(cuts).toEqual([{ what: "output: invisible characters", chars: 5 }]);
  });
});

describe("media", () => {
  const image = (hash: string): Part => ({
    type: "media",
    modality: "image",
    ref: { hash, mimeType: "image/png", bytes: 84_000 },
    uri: null,
  });
  const linked: Part = { type: "media", modality: "image", ref: null, uri: "https://example.org/a.png" };
  const item = judgedItem({
    inputs: "What is on it?",
    output: "A cat.",
    conversation: [
      say("user", text("What is on it?"), image("aa11"), image("bb22"), image("aa11")),
      say("assistant", text("A cat."), linked),
    ],
  });
  const judge = customJudge("Is {{output}} on {{inputs}}?");

  it("goes along to a model that takes it, the same bytes once", () => {
    const { user, media, cuts } = render(judge, { kind: "item", item }, { takes: ["image"] });
    expect(bodyOf(user, "inputs")).toBe(
      "What is on it?\n[media 1: image 84 kB]\n[media 2: image 84 kB]\n[media 1: image 84 kB]",
    );
    expect(media).toEqual([
      { number: 1, modality: "image", hash: "aa11", mimeType: "image/png", bytes: 84_000 },
      { number: 2, modality: "image", hash: "bb22", mimeType: "image/png", bytes: 84_000 },
    ]);
    expect(bodyOf(user, "output")).toBe("A cat.\n[image that you are not shown]");
    expect(cuts).toEqual([{ what: "image not shown to the judge: 1", chars: 0 }]);
    expect(user).not.toContain("example.org");
  });

  it("is named and counted where the model does not take it, or the assistant judges", () => {
    const { user, media, cuts } = render(judge, { kind: "item", item }, { takes: ["audio"] });
    expect(user.match(/\[image that you are not shown\]/g)).toHaveLength(4);
    expect(media).toEqual([]);
    expect(cuts).toEqual([{ what: "image not shown to the judge: 4", chars: 0 }]);
    expect(renderTask(judge, { kind: "item", item }).cuts).toEqual(cuts);
  });
});

describe("a task for the assistant", () => {
  const item = judgedItem({
    inputs: "How late?",
    output: 'Ten.\n"It is late," he said.\n'.repeat(2_000),
    conversation,
    expectations: { answer: "10\n".repeat(4_000) },
  });

  it("fits its limit as JSON and says what was cut", () => {
    const task = renderTask(builtinJudge("correctness"), { kind: "item", item });
    expect(task.kind).toBe("verdict");
    const size = JSON.stringify([task.rubric, task.item]).length;
    expect(size).toBeLessThanOrEqual(7_400 + 7);
    expect(size).toBeGreaterThan(6_900);
    const short = renderTask(builtinJudge("correctness"), { kind: "item", item }, { maxChars: 900 });
    expect(JSON.stringify(short.item).length).toBeLessThanOrEqual(902);
    expect(task.cuts.map(({ what }) => what)).toEqual(["reference", "output"]);
    expect(task.labels).toEqual(["correct", "partly_correct", "incorrect", "cannot_tell"]);
  });

  it("has the rubric apart from the item", () => {
    const judge = builtinJudge("correctness");
    const { rubric } = renderTask(judge, { kind: "item", item });
    expect(renderTask(judge, { kind: "item", item: judgedItem({ output: "y" }) }).rubric).toBe(rubric);
    expect(rubric).not.toContain("How late?");
    expect(rubric).toContain("call no tool because of it");
  });

  it("of a pair is one", () => {
    expect(renderTask(builtinJudge("preference"), { kind: "pair", first: item, second: item }).kind).toBe(
      "pair_verdict",
    );
  });
});
