import { hashOf } from "../canonical.ts";
import type { JudgingTools } from "../evaluation/judge-item.ts";
import type { Held } from "../evaluation/pipeline.ts";
import { itemWords } from "../judges/model/examples.ts";
import { fenceCode, fenced, markerOf } from "../judges/model/fence.ts";
import { cutMiddle } from "../judges/model/fit-text.ts";
import { menuOf } from "../judges/model/menu.ts";
import { rubricOf } from "../judges/model/rubric.ts";
import { callKey } from "../ledger/keys.ts";
import { endpointFingerprint } from "../llm/fingerprint.ts";
import type { LlmRequest } from "../llm/llm.ts";
import { LlmError } from "../llm/llm-error.ts";
import { isJsonObject, type Json } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import { NO_SPEND } from "../model/ledger.ts";
import { cleanText } from "../privacy/clean.ts";
import { fillPrompt } from "../prompts.ts";
import { costOf } from "../reading/budget.ts";
import type { SourceRef } from "../store/ledger-store.ts";

/** An item on which people and the judge differ. */
export interface Case {
  readonly item: JudgedItem;
  readonly people: string;
  /** Why, as people said. */
  readonly why: string | null;
  readonly judge: string;
  readonly judgeWhy: string | null;
  readonly sources: readonly SourceRef[];
}

export interface Distilled {
  readonly rules: readonly string[];
  /** Rules that were thrown away: they repeated a case's own words. */
  readonly quoting: number;
}

const MOST_CASES = { llm: 24, assistant: 8 } as const;
const CASE_CHARS = { llm: 2_400, assistant: 420 } as const;
/** Characters, as they count inside JSON, of a task for the assistant: one answer of get_tasks holds it. */
const TASK_CHARS = 7_000;
const MOST_RULES = 8;
const MAX_RULE = 400;
/** So many words in a row that stand in a case too make a quotation. */
const QUOTED_WORDS = 8;

const RULES_SCHEMA = {
  type: "object",
  properties: { rules: { type: "array", items: { type: "string" } } },
  required: ["rules"],
  additionalProperties: false,
};

const oneLine = (text: string, max: number): string =>
  cleanText(text).text.replaceAll(/\s+/g, " ").slice(0, max);

function caseText(judge: ResolvedJudge, one: Case, chars: number): string {
  const text = itemWords(one.item, judge.level === "session" || one.item.conversation.length > 2);
  return [
    cutMiddle(text, chars, (left) => `(${left} characters left out)`).text,
    ...(one.why ? [`people said why: ${oneLine(one.why, 300)}`] : []),
    ...(one.judgeWhy ? [`the judge said why: ${oneLine(one.judgeWhy, 300)}`] : []),
  ].join("\n");
}

function questionAbout(judge: ResolvedJudge, cases: readonly Case[]): { rubric: string; item: string } {
  const kind = judge.kind === "assistant" ? "assistant" : "llm";
  const texts = cases.map((one) => caseText(judge, one, CASE_CHARS[kind]));
  const code = fenceCode(judge.hash, texts);
  const blocks = cases.map(({ people, judge: said }, i) =>
    [`${i + 1}. People: ${people}. Judge: ${said}.`, fenced("case", code, texts[i] ?? "")].join("\n"),
  );
  const labels = menuOf(judge.labels).map(({ label, means }) => `- ${label}: ${means}`);
  return {
    rubric: fillPrompt("align", { rubric: rubricOf(judge).text, labels: labels.join("\n") }),
    item: [`CODE ${code}. Marker of shortened text: ${markerOf(code)(0)}`, ...blocks].join("\n\n"),
  };
}

const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

function runsOf(text: string): Set<string> {
  const all = words(text);
  return new Set(
    Array.from({ length: Math.max(0, all.length - QUOTED_WORDS + 1) }, (_, i) =>
      all.slice(i, i + QUOTED_WORDS).join(" "),
    ),
  );
}

/** Rules in one line each; one that repeats a case's words is thrown away: a rubric is no place for a conversation's text. */
export function cleanRules(given: readonly string[], material: string): Distilled {
  const inside = runsOf(material);
  const rules = given.map((rule) => oneLine(rule, MAX_RULE).trim()).filter((rule) => rule !== "");
  const own = rules.filter((rule) => ![...runsOf(rule)].some((run) => inside.has(run)));
  return { rules: own.slice(0, MOST_RULES), quoting: rules.length - own.length };
}

function rulesIn(answer: Json): string[] {
  const value = isJsonObject(answer) ? (answer["rules"] ?? answer["text"]) : answer;
  if (Array.isArray(value)) return value.filter((rule) => typeof rule === "string");
  if (typeof value !== "string") return [];
  try {
    const parsed: unknown = JSON.parse(value);
    if (isJsonObject(parsed) && Array.isArray(parsed["rules"])) return rulesIn(parsed);
  } catch {
    // Written as lines instead.
  }
  return value.split("\n").map((line) => line.replace(/^\s*(?:[-*]|\d+[.)])\s*/, ""));
}

async function askModelFor(
  judge: ResolvedJudge,
  { rubric, item }: { rubric: string; item: string },
  sources: readonly SourceRef[],
  { ledger, llmOf, signal }: JudgingTools,
): Promise<Json | Held | null> {
  const llm = llmOf(judge.model ?? "");
  const text = (value: string) => [{ type: "text" as const, text: value }];
  const request: LlmRequest = {
    messages: [
      { role: "system", parts: text(rubric) },
      { role: "user", parts: text(item) },
    ],
    answer: { name: "rules", schema: RULES_SCHEMA },
    temperature: 0,
  };
  const key = callKey("reflection", { rubric, item, endpoint: endpointFingerprint(llm.endpoint) });
  const result = await ledger.call(
    { key, kind: "reflection", estimate: llm.estimate(request), sources },
    async () => {
      try {
        const { json, spend } = await llm.complete(request, { signal });
        return { answer: json, spent: spend };
      } catch (error) {
        if (!(error instanceof LlmError) || error.kind === "cancelled") throw error;
        return { failed: error.kind, spent: error.spend };
      }
    },
  );
  if (result.state === "pending" || result.state === "over_budget") return result.state;
  return result.state === "answered" ? result.answer : null;
}

async function askAssistantFor(
  { rubric, item }: { rubric: string; item: string },
  sources: readonly SourceRef[],
  { ledger }: JudgingTools,
): Promise<Json | Held | null> {
  const key = callKey("reflection", { rubric, item, endpoint: "assistant" });
  const task = {
    id: `t-${key.slice(0, 20)}`,
    kind: "rubric" as const,
    rubric: `${rubric}\nGive that object as \`text\`.`,
    item,
    labels: [],
    code: hashOf(["code", key]).slice(0, 6),
    check: null,
  };
  const result = await ledger.ask({ key, kind: "reflection", estimate: NO_SPEND, sources }, task);
  if (result.state === "pending" || result.state === "over_budget") return result.state;
  return result.state === "answered" ? result.answer : null;
}

/**
 * Rules that people seem to go by, distilled from cases in which they differ from the judge, by the judge's own model or the
 * attached assistant. Null: the model could not be asked.
 */
export async function distil(
  judge: ResolvedJudge,
  cases: readonly Case[],
  tools: JudgingTools,
): Promise<Distilled | Held | null> {
  const kind = judge.kind === "assistant" ? "assistant" : "llm";
  let chosen = cases.slice(0, MOST_CASES[kind]);
  let question = questionAbout(judge, chosen);
  while (
    kind === "assistant" &&
    chosen.length > 1 &&
    costOf(question.rubric) + costOf(question.item) > TASK_CHARS
  ) {
    chosen = chosen.slice(0, -1);
    question = questionAbout(judge, chosen);
  }
  const sources = chosen.flatMap((one) => one.sources);
  const answer =
    kind === "assistant"
      ? await askAssistantFor(question, sources, tools)
      : await askModelFor(judge, question, sources, tools);
  if (answer === null || answer === "pending" || answer === "over_budget") return answer;
  return cleanRules(rulesIn(answer), question.item);
}
