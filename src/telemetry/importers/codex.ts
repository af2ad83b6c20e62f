import { basename } from "node:path";
import type { JsonObject } from "../../model/json.ts";
import type { Message } from "../../model/message.ts";
import type { Usage } from "../../model/span.ts";
import { arrayField, numberField, objectField, textField } from "../fields.ts";
import { isRollout, type RolloutLine, readLine } from "./codex-line.ts";
import { createTurn, type RolloutState, type Turn } from "./codex-turn.ts";
import type { Importer, Output, Source } from "./contract.ts";

/**
 * Codex rollouts (~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl), also the older ones without wrapped lines: one
 * session, a trace per user message. Only response items are read as messages; events repeat them.
 */
export const codexImporter: Importer = {
  format: "codex",
  detect: (sample) => isRollout(sample.values),
  read: readRollout,
};

interface Reading {
  readonly state: RolloutState;
  readonly output: Output;
  turn: Turn | null;
  turns: number;
  /** Left over from a turn: no answer followed. */
  carried: Message[];
  /** Said before the first prompt: instructions, surroundings. */
  before: { item: JsonObject; timeUs: number }[];
  lastUs: number;
  totals: string;
  previous: Usage | null;
  headed: boolean;
}

async function readRollout(source: Source, output: Output): Promise<void> {
  const reading = beginReading(source, output);
  for await (const record of source.records()) {
    const found = readLine(record.value);
    if (found === null) {
      output.skip("not a line of a rollout", record.line);
      continue;
    }
    // Older lines have no times: a millisecond apart, in order.
    if (found.timeUs === null && found.type !== "state") reading.state.tags["imported_time"] = "synthetic";
    const timeUs = found.timeUs ?? reading.lastUs + 1000;
    reading.lastUs = Math.max(reading.lastUs, timeUs);
    if (isPrompt(found)) await nextTurn(reading, timeUs);
    readInto(reading, found, timeUs, record.line);
    if (reading.turn) reading.turn.chars += record.chars;
  }
  await emitTurn(reading);
}

function beginReading(source: Source, output: Output): Reading {
  const name = basename(source.path);
  const id = /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/i.exec(name)?.[1];
  return {
    state: {
      sessionId: id ?? name,
      model: null,
      provider: null,
      service: "codex",
      commit: null,
      tags: {},
    },
    output,
    turn: null,
    turns: 0,
    carried: [],
    before: [],
    lastUs: 0,
    totals: "",
    previous: null,
    headed: false,
  };
}

/** Messages that Codex itself sends in the user's name. */
const NOT_ASKED =
  /^\s*(<(environment_context|user_instructions|turn_aborted|permissions|INSTRUCTIONS)|# AGENTS\.md)/;

function isPrompt(line: RolloutLine): boolean {
  if (line.type !== "response_item" || textField(line.payload, "type") !== "message") return false;
  return textField(line.payload, "role") === "user" && !NOT_ASKED.test(firstText(line.payload));
}

function firstText(item: JsonObject): string {
  const content = arrayField(item, "content") ?? [];
  for (const block of content) {
    if (typeof block === "object" && block !== null && !Array.isArray(block)) {
      const text = textField(block, "text");
      if (text !== null) return text;
    }
  }
  return textField(item, "content") ?? "";
}

async function nextTurn(reading: Reading, timeUs: number): Promise<void> {
  await emitTurn(reading);
  turnOf(reading, timeUs);
}

async function emitTurn(reading: Reading): Promise<void> {
  const { turn, output } = reading;
  if (turn === null) return;
  reading.carried = turn.rest();
  reading.turn = null;
  await output.emit(turn.finish(), turn.chars);
}

function readInto(reading: Reading, line: RolloutLine, timeUs: number, at: number): void {
  const { payload } = line;
  switch (line.type) {
    case "session_meta":
      readMeta(reading, payload);
      return;
    case "turn_context":
      reading.state.model = textField(payload, "model") ?? reading.state.model;
      for (const key of ["approval_policy", "effort"]) {
        const value = textField(payload, key);
        if (value !== null) reading.state.tags[key] = value;
      }
      return;
    case "response_item":
      readItem(reading, payload, timeUs, at);
      return;
    case "compacted": {
      const summary = textField(payload, "message") ?? "(history was compacted)";
      turnOf(reading, timeUs).addSummary(summary, timeUs);
      return;
    }
    case "event_msg":
      readEvent(reading, payload, timeUs, at);
      return;
    case "state":
      return;
    default:
      reading.output.skip("lines of an unknown type", at);
  }
}

/** The turn under way; without a prompt, what follows makes one of its own. */
function turnOf(reading: Reading, timeUs: number): Turn {
  if (reading.turn) return reading.turn;
  const turn = createTurn(reading.state, reading.turns++, timeUs, reading.carried.splice(0));
  for (const said of reading.before.splice(0)) turn.addInput(said.item, said.timeUs, false);
  reading.turn = turn;
  return turn;
}

function readMeta(reading: Reading, payload: JsonObject): void {
  if (reading.headed) return; // a forked rollout repeats its origin's header
  reading.headed = true;
  const { state } = reading;
  const git = objectField(payload, "git") ?? {};
  state.sessionId = textField(payload, "id", "session_id") ?? state.sessionId;
  state.provider = textField(payload, "model_provider") ?? "openai";
  state.commit = textField(git, "commit_hash");
  const known = { cwd: payload, originator: payload, cli_version: payload, branch: git };
  for (const [key, from] of Object.entries(known)) {
    const value = textField(from, key);
    if (value !== null) state.tags[key === "branch" ? "git_branch" : key] = value.slice(0, 500);
  }
}

function readItem(reading: Reading, item: JsonObject, timeUs: number, at: number): void {
  const type = textField(item, "type") ?? "";
  const isMessage = type === "message";
  const isInput = isMessage && textField(item, "role") !== "assistant";
  if (isInput && reading.turn === null) {
    reading.before.push({ item, timeUs });
    return;
  }
  const turn = turnOf(reading, timeUs);
  if (isInput) turn.addInput(item, timeUs, isPrompt({ type: "response_item", payload: item, timeUs }));
  else if (type.endsWith("_output")) turn.addResult(item, timeUs);
  else if (isMessage || type === "reasoning" || type.endsWith("_call")) turn.addAnswer(item, timeUs);
  else reading.output.skip("response items of an unknown type", at);
}

function readEvent(reading: Reading, event: JsonObject, timeUs: number, at: number): void {
  const type = textField(event, "type");
  if (type === "token_count") readUsage(reading, event, timeUs);
  else if (type === "turn_aborted") reading.turn?.fail("interrupted");
  else if (type === "error" || type === "stream_error") reading.turn?.fail("api_error");
  else reading.output.skip("events that repeat or time what the items say", at);
}

/** `last_token_usage` is the answer's own; `total_token_usage` grows and is the same when an event is sent again. */
function readUsage(reading: Reading, event: JsonObject, timeUs: number): void {
  const info = objectField(event, "info");
  if (info === null) return;
  const total = objectField(info, "total_token_usage");
  const totals = total === null ? "" : JSON.stringify(total);
  if (totals !== "" && totals === reading.totals) return;
  const before = reading.previous;
  reading.totals = totals;
  reading.previous = total === null ? null : usageOf(total);
  const last = objectField(info, "last_token_usage");
  const usage = last ? usageOf(last) : reading.previous && difference(reading.previous, before);
  if (usage === null) return;
  turnOf(reading, timeUs).addUsage(usage, timeUs);
}

const usageOf = (from: JsonObject): Usage => ({
  inputTokens: numberField(from, "input_tokens"),
  outputTokens: numberField(from, "output_tokens"),
  cacheReadTokens: numberField(from, "cached_input_tokens"),
  cacheWriteTokens: numberField(from, "cache_write_input_tokens"),
  reasoningTokens: numberField(from, "reasoning_output_tokens"),
});

/** A counter that fell began anew. */
function difference(now: Usage, before: Usage | null): Usage {
  const minus = (one: number | null, other: number | null | undefined): number | null =>
    one === null ? null : one >= (other ?? 0) ? one - (other ?? 0) : one;
  return {
    inputTokens: minus(now.inputTokens, before?.inputTokens),
    outputTokens: minus(now.outputTokens, before?.outputTokens),
    cacheReadTokens: minus(now.cacheReadTokens, before?.cacheReadTokens),
    cacheWriteTokens: minus(now.cacheWriteTokens, before?.cacheWriteTokens),
    reasoningTokens: minus(now.reasoningTokens, before?.reasoningTokens),
  };
}
