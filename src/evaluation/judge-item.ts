import type { Recording } from "../judges/agent/reading-tools.ts";
import { readingSettings } from "../judges/agent/settings.ts";
import { notApplicableVerdict } from "../judges/applies.ts";
import { applyCodeJudge } from "../judges/apply-code.ts";
import { findBuiltin } from "../judges/catalogue.ts";
import type { CodeJudge, CodeJudgeTools } from "../judges/definition.ts";
import type { KnownItem } from "../judges/known-items.ts";
import { takesOf } from "../judges/model/ask-model.ts";
import type { Chain } from "../judges/model/chain.ts";
import type { Answered, JudgeAnswer, Question } from "../judges/model/question.ts";
import { pairQuestionsFor, questionsFor } from "../judges/model/questions-for.ts";
import { notesFrom } from "../judges/model/read-parts.ts";
import { rubricOf } from "../judges/model/rubric.ts";
import { verdictFrom } from "../judges/model/verdict-from.ts";
import { callKey } from "../ledger/keys.ts";
import type { CallResult, Ledger } from "../ledger/ledger.ts";
import type { Llm } from "../llm/llm.ts";
import { Json } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import { NO_SPEND } from "../model/ledger.ts";
import { Verdict } from "../model/verdict.ts";
import { hashRandom } from "../statistics/random.ts";
import type { SourceRef } from "../store/ledger-store.ts";
import type { TraceStore } from "../store/store.ts";
import { askAssistant } from "./ask-assistant.ts";
import { askModelOnce } from "./ask-model.ts";
import { askReader } from "./ask-reader.ts";
import { examplesFor } from "./judge-examples.ts";
import type { Held } from "./pipeline.ts";
import { RecordedAnswer } from "./recorded-answer.ts";

export interface JudgingTools {
  readonly ledger: Ledger;
  readonly traces: TraceStore;
  readonly projectId: string;
  readonly jobId: string;
  readonly seed: string;
  readonly signal: AbortSignal;
  readonly code: CodeJudgeTools;
  /** The client of an endpoint by its name. */
  llmOf(name: string): Llm;
  /** Items of a judge whose label is known. */
  knownItems(judge: ResolvedJudge): readonly KnownItem[];
  /** Above 0: models and the assistant are asked once more, whatever they answered before. */
  readonly take?: number | undefined;
}

/** Built-in code judges that run a program of the user's: slow, and not the same every time. */
const RUNS_A_PROGRAM = new Set(["command"]);

/** What the ledger has for a question, in the words of judges; undefined while it is held. */
function answerFrom(result: CallResult, judge: ResolvedJudge): JudgeAnswer | Held {
  if (result.state === "pending" || result.state === "over_budget") return result.state;
  const kind = judge.kind === "assistant" ? ("coding_agent" as const) : ("llm_judge" as const);
  if (result.state === "failed") {
    const reason = result.error === "judge_failed" ? "judge_failed" : "judge_outage";
    return { state: "failed", reason, source: { kind, id: judge.model } };
  }
  if (judge.kind === "assistant")
    return {
      state: "answered",
      answer: result.answer,
      truncated: false,
      source: { kind, id: null },
      costUsd: null,
      inputTokens: null,
      outputTokens: null,
    };
  const { model, ...recorded } = RecordedAnswer.parse(result.answer);
  return { state: "answered", ...recorded, source: { kind, id: model ?? judge.model } };
}

async function askAll(
  judge: ResolvedJudge,
  questions: readonly Question[],
  sources: readonly SourceRef[],
  tools: JudgingTools,
  lastFirst = false,
): Promise<Verdict | Held> {
  const inOrder = <T>(list: readonly T[]): readonly T[] => (lastFirst ? list.toReversed() : list);
  const asked = await Promise.all(
    inOrder(questions).map((question) => askOne(judge, question, sources, tools)),
  );
  const results = inOrder(asked);
  const answers = results.map((result) => answerFrom(result, judge));
  const held = answers.find((answer): answer is Held => typeof answer === "string");
  if (held) return held;
  const answered = questions.flatMap((question, i): Answered[] => {
    const answer = answers[i];
    return answer === undefined || typeof answer === "string" ? [] : [{ question, answer }];
  });
  return verdictFrom(judge, answered);
}

const askOne = (
  judge: ResolvedJudge,
  question: Question,
  sources: readonly SourceRef[],
  tools: JudgingTools,
): Promise<CallResult> =>
  judge.kind === "assistant"
    ? askAssistant(question, sources, { ...tools, known: tools.knownItems(judge) })
    : askModelOnce(question, sources, { ...tools, llm: tools.llmOf(judge.model ?? "") });

/** Part by part, each question with what the one before came to. Asked again, recorded answers lead to where it was. */
async function askChain(
  judge: ResolvedJudge,
  chain: Chain,
  sources: readonly SourceRef[],
  tools: JudgingTools,
): Promise<Verdict | Held> {
  const answered: Answered[] = [];
  let notes = "";
  for (let index = 0; index < chain.length; index += 1) {
    const question = chain.question(index, notes);
    const answer = answerFrom(await askOne(judge, question, sources, tools), judge);
    if (typeof answer === "string") return answer;
    answered.push({ question, answer });
    const noted = answer.state === "answered" ? notesFrom(answer) : undefined;
    if (noted === undefined) break;
    notes = noted;
  }
  return verdictFrom(judge, answered);
}

async function runProgram(
  code: CodeJudge,
  judge: ResolvedJudge,
  item: JudgedItem,
  sources: readonly SourceRef[],
  tools: JudgingTools,
): Promise<Verdict | Held> {
  const material = JSON.stringify(item);
  const request = {
    key: callKey("judge", { judge: judge.hash, item: material, job: tools.jobId }),
    kind: "judge",
    estimate: { calls: 1, tokens: 0, usd: 0 },
    sources,
  };
  const result = await tools.ledger.call(request, async () => ({
    answer: Json.parse(JSON.parse(JSON.stringify(await applyCodeJudge(code, judge, item, tools.code)))),
    spent: { ...NO_SPEND, calls: 1 },
  }));
  if (result.state === "pending" || result.state === "over_budget") return result.state;
  if (result.state === "failed") throw new Error("a program's verdict was recorded as failed");
  return Verdict.parse(result.answer);
}

/**
 * What one judge says of one item: computed, asked of a model or the assistant through the ledger, or held. `recording`:
 * what the item was made of, for judges that read it by tools; without one they are shown the item.
 */
export async function judgeItem(
  judge: ResolvedJudge,
  item: JudgedItem,
  sources: readonly SourceRef[],
  tools: JudgingTools,
  recording: Recording | null,
): Promise<Verdict | Held> {
  const notApplicable = notApplicableVerdict(judge, item.expectations);
  if (notApplicable) return notApplicable;
  if (judge.kind === "code") {
    const code = findBuiltin(judge.builtin ?? "");
    if (code?.kind !== "code")
      throw new Error(`the code judge ${judge.builtin} is not known to this version`);
    if (RUNS_A_PROGRAM.has(code.name)) return runProgram(code, judge, item, sources, tools);
    return applyCodeJudge(code, judge, item, tools.code);
  }
  const { read } = readingSettings(judge);
  if (read === "tools" && (item.run.ok || rubricOf(judge).judgesFailedRuns)) {
    const verdict = await askByTools(judge, item, sources, tools, recording);
    return verdict ?? notRead(await askInPrompts(judge, item, sources, tools, recording));
  }
  return askInPrompts(judge, item, sources, tools, recording);
}

const askByTools = async (
  judge: ResolvedJudge,
  item: JudgedItem,
  sources: readonly SourceRef[],
  tools: JudgingTools,
  recording: Recording | null,
): Promise<Verdict | Held | null> =>
  recording && askReader(judge, item, recording, sources, { ...tools, llm: tools.llmOf(judge.model ?? "") });

/** A judge that would have read by tools and was shown the item says so. */
const notRead = (verdict: Verdict | Held): Verdict | Held =>
  typeof verdict === "string"
    ? verdict
    : {
        ...verdict,
        cuts: [...verdict.cuts, { what: "no trace to read by tools: shown in prompts", chars: 0 }],
      };

async function askInPrompts(
  judge: ResolvedJudge,
  item: JudgedItem,
  sources: readonly SourceRef[],
  tools: JudgingTools,
  recording: Recording | null,
): Promise<Verdict | Held> {
  const examples = await examplesFor(judge, item, sources, tools);
  const plan = questionsFor(judge, item, { takes: takesOfJudge(judge, tools), examples });
  if ("verdict" in plan) return plan.verdict;
  if ("chain" in plan && readingSettings(judge).read === "tools_if_long") {
    const verdict = await askByTools(judge, item, sources, tools, recording);
    if (verdict) return verdict;
  }
  const from = [...sources, ...examples.map(({ source }) => source)];
  if ("chain" in plan) return askChain(judge, plan.chain, from, tools);
  return askAll(judge, plan.questions, from, tools);
}

const takesOfJudge = (judge: ResolvedJudge, { llmOf }: JudgingTools) =>
  judge.kind === "llm" ? takesOf(llmOf(judge.model ?? "")) : [];

/**
 * What a judge of pairs says of the candidate's answer beside the baseline's, asked in both orders: win, loss or tie of
 * the candidate. Which order is asked first is drawn by `drawKey`, so that a list of questions does not tell the arms apart.
 */
export async function judgePair(
  judge: ResolvedJudge,
  pair: { readonly candidate: JudgedItem; readonly baseline: JudgedItem; readonly drawKey: string },
  sources: readonly SourceRef[],
  tools: JudgingTools,
): Promise<Verdict | Held> {
  const notApplicable = notApplicableVerdict(judge, pair.candidate.expectations);
  if (notApplicable) return notApplicable;
  const plan = pairQuestionsFor(judge, pair.candidate, pair.baseline, { takes: takesOfJudge(judge, tools) });
  if ("verdict" in plan) return plan.verdict;
  const isTurned = hashRandom(tools.seed, `pair:${pair.drawKey}`, 0) < 0.5;
  return askAll(judge, plan.questions, sources, tools, isTurned);
}
