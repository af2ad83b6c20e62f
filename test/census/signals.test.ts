import { describe, expect, it } from "vitest";
import type { Conversation } from "../../src/census/conversation.ts";
import { outerFence } from "../../src/census/fences.ts";
import { readOutcome } from "../../src/census/read-outcome.ts";
import { signals } from "../../src/census/signals/index.ts";
import type { Json } from "../../src/model/json.ts";
import { NO_USAGE } from "../../src/model/span.ts";
import type { TraceSummary } from "../../src/model/trace.ts";
import type { TranscriptRow } from "../../src/reading/transcript/rows.ts";

type Line =
  | { readonly user: string }
  | { readonly says: string }
  | { readonly tool: string; readonly given?: Json; readonly got?: string; readonly failed?: boolean };

interface Made {
  readonly turns: readonly (readonly Line[])[];
  readonly status?: "ok" | "error";
  readonly finishReasons?: readonly string[];
  readonly modelFailures?: readonly boolean[];
  readonly seconds?: number;
}

const traceAt = (turn: number, { status = "ok", seconds = 2 }: Made, isLast: boolean): TraceSummary => ({
  projectId: "p",
  traceId: String(turn).padStart(32, "0"),
  name: "agent",
  service: null,
  startUs: turn * 100_000_000,
  endUs: turn * 100_000_000 + seconds * 1_000_000,
  status: isLast ? status : "ok",
  sessionId: "s",
  sessionInferred: false,
  userId: null,
  agentName: null,
  models: [],
  tools: [],
  prompts: [],
  release: null,
  commit: null,
  tags: {},
  inputPreview: null,
  outputPreview: null,
  errorPreview: null,
  totals: {
    ...NO_USAGE,
    costUsd: 0.01,
    unpricedCalls: 0,
    spans: 3,
    llmCalls: 2,
    toolCalls: 0,
    errors: 0,
    rollupSpans: 0,
  },
  findings: [],
});

function rowOf(line: Line, turn: number, index: number): TranscriptRow {
  const base = { index, turn, agent: null, traceId: "t", spanId: "s", startUs: index };
  if ("user" in line) return { ...base, role: "user", text: line.user };
  if ("says" in line) return { ...base, role: "assistant", text: line.says };
  const { tool: name, given = {}, got = "done", failed = false } = line;
  return {
    ...base,
    role: "tool",
    text: got,
    tool: { name, callId: null, arguments: given, answered: true, isError: failed, durationUs: 1 },
  };
}

function conversation(made: Made): Conversation {
  let index = 0;
  return {
    id: "s",
    level: "sessions",
    traces: made.turns.map((_, i) => traceAt(i + 1, made, i === made.turns.length - 1)),
    rows: made.turns.flatMap((lines, i) => lines.map((line) => rowOf(line, i + 1, index++))),
    calls: (made.modelFailures ?? [false]).map((failed) => ({
      turn: 1,
      spanId: "s",
      failed,
      finishReasons: made.finishReasons ?? ["stop"],
    })),
    assessments: [],
    leftOut: 0,
  };
}

const FENCES = { costUsd: 5, durationMs: 100_000, steps: 50 };

const found = (made: Made): string[] =>
  signals
    .filter(({ find, least }) => find(conversation(made), FENCES).length >= least)
    .map(({ name }) => name)
    .sort();

const said = (user: string, says = "Your parcel arrives on Monday."): Line[] => [{ user }, { says }];

const find = (given: Json, got = "found 3"): Line => ({ tool: "find", given, got });

describe("signals", () => {
  it("find nothing in a plain conversation", () => {
    const turns = [
      [{ user: "Where is my parcel?" }, find({ id: 1 }), { says: "The parcel arrives on Monday." }],
      said("Thanks, and can I still change the address of the parcel?", "Yes, until Sunday."),
    ];
    expect(found({ turns })).toEqual([]);
  });

  it.each<[string, string[], Made]>([
    [
      "a turn that fails at the end",
      ["abandonment", "errors"],
      { turns: [said("Hello"), [{ user: "Order 4" }]], status: "error" },
    ],
    [
      "a last turn without a word",
      ["abandonment", "empty_answers"],
      { turns: [[{ user: "Order 4?" }, find({ id: 4 })]] },
    ],
    ["a silent turn in the middle", ["empty_answers"], { turns: [[{ user: "Order 4?" }], said("Hello?")] }],
    [
      "a tool that fails by its status and is called again",
      ["failed_tools", "retries"],
      {
        turns: [
          [
            { user: "Hi" },
            { tool: "pay", failed: true, got: "timeout" },
            { tool: "pay", given: { a: 1 } },
            { says: "ok" },
          ],
        ],
      },
    ],
    [
      "a tool that fails in words",
      ["failed_tools"],
      { turns: [[{ user: "Hi" }, { tool: "pay", got: '{"error": "no funds"}' }, { says: "ok" }]] },
    ],
    ["a model call made again", ["retries"], { turns: [said("Hi")], modelFailures: [true, false] }],
    [
      "three times the same call",
      ["loops", "repeated_calls"],
      { turns: [[{ user: "Hi" }, find({ q: "a" }), find({ q: "a" }), find({ q: "a" }), { says: "ok" }]] },
    ],
    [
      "rounds of two calls, with other results each time",
      ["loops"],
      {
        turns: [
          [
            { user: "Hi" },
            ...[1, 2, 3].flatMap((n) => [find({ q: "a" }, `${n}`), find({ q: "b" }, `${n}`)]),
            { says: "ok" },
          ],
        ],
      },
    ],
    [
      "the same call once more",
      ["repeated_calls"],
      { turns: [[{ user: "Hi" }, find({ q: "a" }), find({ q: "b" }), find({ q: "a" }), { says: "ok" }]] },
    ],
    [
      "a question asked again in other words",
      ["rephrased"],
      {
        turns: [
          said("Please cancel my booking for the flight to Boston"),
          said("I want the flight booking to Boston cancelled"),
        ],
      },
    ],
    ["a correction", ["corrections"], { turns: [said("I already told you the order number.")] }],
    ["capitals", ["caps"], { turns: [said("WHERE IS MY PARCEL")] }],
    ["a swear word", ["profanity"], { turns: [said("this is bullshit")] }],
    ["a wish for a person", ["asks_for_person"], { turns: [said("Can I talk to a real person?")] }],
    [
      "a refusal",
      ["refusals"],
      { turns: [said("How do I open a lock?", "I'm sorry, but I can't help with that.")] },
    ],
    [
      "another topic",
      ["topic_switches"],
      {
        turns: [
          said("Where is my parcel from Hamburg?"),
          said("Which vitamins does spinach contain anyway?"),
        ],
      },
    ],
    ["an answer cut off", ["cut_off"], { turns: [said("Hi")], finishReasons: ["length"] }],
    ["a wait of 40 seconds", ["long_waits"], { turns: [said("Hi")], seconds: 40 }],
    ["far more time than others", ["long_waits", "slow"], { turns: [said("Hi")], seconds: 140 }],
  ])("%s: %j", (_, expected, made) => {
    expect(found(made)).toEqual(expected);
  });

  it("a farewell that no agent was asked about is not abandoned", () => {
    const made = conversation({ turns: [said("Hi"), [{ user: "bye" }]] });
    const [first, last] = made.traces;
    if (!first || !last) throw new Error("two turns");
    const rootOnly = { ...last, totals: { ...last.totals, spans: 1, llmCalls: 0 } };
    const hits = signals.flatMap(({ find: look }) => look({ ...made, traces: [first, rootOnly] }, FENCES));
    expect(hits).toEqual([]);
  });

  it("every definition is one of its own, and names are fit for filters", () => {
    expect(new Set(signals.map(({ definition }) => definition)).size).toBe(signals.length);
    for (const { name } of signals) expect(name).toMatch(/^[a-z][a-z_]+$/);
  });
});

describe("what outcomes say", () => {
  it.each([
    [true, true],
    [0, false],
    ["Thumbs_Down", false],
    ["solved", true],
    [3, null],
    ["perhaps", null],
    [null, null],
  ])("%j is %j", (value, expected) => {
    expect(readOutcome(value)).toBe(expected);
  });

  it("numbers are held against a limit", () => {
    expect([2, 4, 5].map((stars) => readOutcome(stars, 4))).toEqual([false, true, true]);
  });
});

it("Tukey's outer fence: quartiles 3.75 and 9.25 of 1 to 12 are far out from 25.75 on", () => {
  expect(outerFence(Array.from({ length: 12 }, (_, i) => i + 1))).toBeCloseTo(25.75, 10);
  expect(outerFence([1, 2, 3])).toBeNull();
});
