import { openingOf } from "../judges/agent/opening.ts";
import {
  Action,
  actionIn,
  type Protocol,
  remembered,
  type Step,
  stepRequest,
  type Turn,
  VERDICT_TOOL,
  verdictTool,
} from "../judges/agent/protocol.ts";
import { type ReadingTools, type Recording, readingTools } from "../judges/agent/reading-tools.ts";
import {
  type Ceiling,
  limitWords,
  PARAMS,
  type ReadingSettings,
  readingSettings,
} from "../judges/agent/settings.ts";
import { givenOutcome } from "../judges/agent/verdict.ts";
import { blankVerdict } from "../judges/blank-verdict.ts";
import type { Outcome } from "../judges/model/aggregate.ts";
import { failureReason } from "../judges/model/ask-model.ts";
import { menuOf } from "../judges/model/menu.ts";
import { settle } from "../judges/model/verdict-from.ts";
import { callKey } from "../ledger/keys.ts";
import type { CallOutcome, CallResult } from "../ledger/ledger.ts";
import { endpointFingerprint } from "../llm/fingerprint.ts";
import type { Llm, LlmRequest } from "../llm/llm.ts";
import { LlmError } from "../llm/llm-error.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import type { Cut, Verdict } from "../model/verdict.ts";
import type { SourceRef } from "../store/ledger-store.ts";
import { gateOf, type ModelAsker, takeOf } from "./ask-model.ts";
import type { Held } from "./pipeline.ts";
import { RecordedAnswer } from "./recorded-answer.ts";

/** Calls of one step that are carried out; further ones are told so. */
const CALLS_AT_ONCE = 4;

/** Endpoints that were found to take no tools. */
const without = new WeakSet<Llm>();

const protocolOf = (llm: Llm): Protocol => (without.has(llm) ? "json" : "native");

/** One answer of the model, by tool calls where the endpoint has them. */
async function complete(llm: Llm, turn: Turn, signal: AbortSignal) {
  try {
    return await llm.complete(stepRequest(turn, protocolOf(llm)), { signal });
  } catch (error) {
    const isRefusal =
      error instanceof LlmError && (error.kind === "bad_request" || error.kind === "unsupported");
    if (!isRefusal || protocolOf(llm) === "json") throw error;
    const answer = await llm.complete(stepRequest(turn, "json"), { signal });
    without.add(llm);
    return answer;
  }
}

async function runStep(llm: Llm, turn: Turn, signal: AbortSignal): Promise<CallOutcome> {
  try {
    const answer = await complete(llm, turn, signal);
    const { inputTokens, outputTokens } = answer.usage;
    const truncated = answer.finishReason === "length";
    const { costUsd } = answer;
    const said = { answer: actionIn(answer), truncated, model: llm.endpoint.model };
    return { answer: { ...said, costUsd, inputTokens, outputTokens }, spent: answer.spend };
  } catch (error) {
    if (!(error instanceof LlmError) || error.kind === "cancelled") throw error;
    return { failed: failureReason(error.kind), spent: error.spend };
  }
}

interface Spent {
  readonly tokens: number;
  readonly usd: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

const NOTHING: Spent = { tokens: 0, usd: 0, inputTokens: 0, outputTokens: 0 };

const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);

interface Reading {
  readonly judge: ResolvedJudge;
  readonly settings: ReadingSettings;
  readonly llm: Llm;
  readonly tools: ReadingTools;
  readonly asker: Omit<ModelAsker, "llm">;
  readonly sources: readonly SourceRef[];
}

/** Which ceiling one more step after this one would pass: then this is the last. */
function ceilingAt(
  { settings, llm }: Reading,
  index: number,
  spent: Spent,
  request: LlmRequest,
): Ceiling | undefined {
  const next = llm.estimate(request);
  if (index + 1 >= settings.maxSteps) return "steps";
  if (spent.tokens + 2 * next.tokens > settings.maxTokens) return "tokens";
  const isDear = settings.maxUsd !== null && (spent.usd ?? 0) + 2 * (next.usd ?? 0) > settings.maxUsd;
  return isDear ? "usd" : undefined;
}

function askStep({ judge, llm, asker, sources }: Reading, turn: Turn): Promise<CallResult> {
  const { ledger, signal, take } = asker;
  const { opening, steps, isLast } = turn;
  const key = callKey("judge", {
    judge: judge.hash,
    reads: JSON.stringify([opening, steps]),
    isLast,
    endpoint: endpointFingerprint(llm.endpoint),
    ...takeOf(take),
  });
  const estimate = llm.estimate(stepRequest(turn, protocolOf(llm)));
  return gateOf(llm)(() =>
    ledger.call({ key, kind: "judge", estimate, sources }, () => runStep(llm, turn, signal)),
  );
}

async function carryOut({ calls }: Action, tools: ReadingTools, code: string): Promise<string[]> {
  const results: string[] = [];
  for (const [i, { name, arguments: given }] of calls.entries()) {
    const result =
      i < CALLS_AT_ONCE
        ? await tools.run(name, given)
        : `error: not run, at most ${CALLS_AT_ONCE} calls at once`;
    results.push(result.replaceAll(new RegExp(code, "gi"), ""));
  }
  return results;
}

const REASONS = { steps: "step_ceiling", tokens: "token_ceiling", usd: "dollar_ceiling" } as const;

const unasked = (error: string): Outcome => ({
  state: "error",
  value: null,
  label: null,
  rationale: null,
  reason: error === "judge_failed" ? "judge_failed" : "judge_outage",
  parts: [],
});

/** It came to a ceiling without a verdict, although its last step was left for one. */
const ungiven = (settings: ReadingSettings, ceiling: Ceiling): Outcome => ({
  state: "unscored",
  value: null,
  label: null,
  rationale: `it gave no verdict within its ceiling of ${limitWords(settings, ceiling)} an item (params.${PARAMS[ceiling]} moves it)`,
  reason: REASONS[ceiling],
  parts: [],
});

/**
 * What a model says of a recording that it reads by tools, step by step, each step once and through the ledger, within
 * its ceilings of steps, tokens and dollars. What is left of the last of them goes to the verdict. Null where nothing of
 * the recording is stored.
 */
export async function askReader(
  judge: ResolvedJudge,
  item: JudgedItem,
  recording: Recording,
  sources: readonly SourceRef[],
  { llm, ...asker }: ModelAsker,
): Promise<Verdict | Held | null> {
  const settings = readingSettings(judge);
  const tools = await readingTools(asker.traces, asker.projectId, recording);
  if (tools.spans === 0) return null;
  const reading: Reading = { judge, settings, llm, tools, asker, sources };
  const opening = openingOf(judge, item, await tools.overview(), settings.maxSteps);
  const offered = [...tools.definitions, verdictTool(menuOf(judge.labels).map(({ label }) => label))];
  const source = { kind: "llm_judge", id: llm.endpoint.model } as const;
  const steps: Step[] = [];
  let spent = NOTHING;
  let forgotten = 0;
  const verdictOf = (outcome: Outcome): Verdict => ({
    ...blankVerdict("scored", source),
    cuts: [...opening.cuts, ...cutsOf(tools, steps.length, forgotten)],
    costUsd: spent.usd,
    inputTokens: spent.inputTokens,
    outputTokens: spent.outputTokens,
    ...settle(judge, outcome),
  });
  for (let index = 0; index < settings.maxSteps; index += 1) {
    const kept = remembered(steps);
    forgotten = kept.cut;
    const open = { system: opening.system, opening: opening.user, steps: kept.steps, tools: offered };
    const request = stepRequest({ ...open, isLast: false }, protocolOf(llm));
    const ceiling = ceilingAt(reading, index, spent, request);
    const turn: Turn = { ...open, isLast: ceiling !== undefined };
    const result = await askStep(reading, turn);
    if (result.state === "pending" || result.state === "over_budget") return result.state;
    if (result.state === "failed") return verdictOf(unasked(result.error));
    const { answer, costUsd, inputTokens, outputTokens } = RecordedAnswer.parse(result.answer);
    const action = Action.parse(answer);
    spent = {
      tokens: spent.tokens + (plus(inputTokens, outputTokens) ?? result.spent.tokens),
      usd: plus(spent.usd, costUsd),
      inputTokens: plus(spent.inputTokens, inputTokens),
      outputTokens: plus(spent.outputTokens, outputTokens),
    };
    const given = action.calls.find(({ name }) => name === VERDICT_TOOL);
    if (given) return verdictOf(await givenOutcome(judge, given.arguments, tools));
    if (ceiling) return verdictOf(ungiven(settings, ceiling));
    steps.push({ ...action, results: await carryOut(action, tools, opening.code) });
  }
  throw new Error("the last step is one at the ceiling of steps");
}

/** The recording was not shown whole: how much of it was. */
const cutsOf = ({ spans, opened }: ReadingTools, steps: number, forgotten: number): Cut[] => [
  { what: `read by tools in ${steps + 1} steps, spans opened one by one: ${opened()} of ${spans}`, chars: 0 },
  ...(forgotten > 0 ? [{ what: "results that the judge had to forget", chars: forgotten }] : []),
];
