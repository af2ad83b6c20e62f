import { isMissing, itemOf, type RunRecord } from "../../evaluation/run-record.ts";
import { conversationRows } from "../../judges/model/conversation-text.ts";
import { fitBlocks } from "../../judges/model/fit-text.ts";
import { createWriter, fieldLines, type Writer } from "../../judges/model/writer.ts";
import type { RunStatus } from "../../model/evaluation.ts";
import type { Example } from "../../model/example.ts";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { Cut, Verdict } from "../../model/verdict.ts";
import { mediaLabel, valueText } from "../../reading/message-text.ts";
import { findingsOf } from "./run-findings.ts";

/** What one judge said of one run; words and numbers, never a number alone. */
export interface JudgeWords {
  readonly judge: string;
  /** Whether it decides what a candidate scores. */
  readonly decides: boolean;
  readonly label: string | null;
  readonly pass: boolean | null;
  readonly value: number | null;
  readonly rationale: string | null;
  /** Why there is no score, as one of the verdict's reasons; null where there is one. */
  readonly reason: string | null;
}

/**
 * What one training case showed of a candidate, ready to be read by a proposer: text without hidden characters, long
 * fields shortened (`cuts` names them). All of it but numbers, status and judges' names is untrusted.
 */
export interface TrainingRecord {
  readonly exampleId: string;
  /** 0 to 1, higher is better; null: missing data. */
  readonly score: number | null;
  readonly status: RunStatus;
  readonly error: string | null;
  /** One field or line each. */
  readonly input: readonly string[];
  /** The conversation with its calls and results; empty where it is no more than a question and its answer. */
  readonly steps: readonly string[];
  readonly output: readonly string[];
  /** What should have happened; shown because the case is one to learn from. */
  readonly expectations: readonly string[];
  readonly judges: readonly JudgeWords[];
  /** What the trace shows to be wrong: tools that failed, calls made over and over, searches without a result. */
  readonly findings: readonly string[];
  readonly cuts: readonly Cut[];
}

export interface Judged {
  /** By judge name. */
  readonly verdicts: Readonly<Record<string, Verdict>>;
  /** In the order in which they are shown, those that decide first. */
  readonly judges: readonly { readonly name: string; readonly decides: boolean }[];
  /** What the case counts for its candidate. */
  readonly score: number | null;
}

/** Characters of one field that are kept: no order shows more. */
const FIELD_CHARS = 8_000;

const valueBlocks = (value: Json, writer: Writer): readonly string[] =>
  isJsonObject(value)
    ? fieldLines(value, writer)
    : [writer.clean(valueText(value))].filter((text) => text !== "");

function stepsOf(example: Example, record: RunRecord, writer: Writer): readonly string[] {
  const item = itemOf(example, record);
  const rows = conversationRows(item, writer);
  const turns = item.conversation.filter(({ role }) => role === "user").length;
  const searches = item.retrievals.map(
    ({ query, documents }) =>
      `search (documents found: ${documents.length}) for ${writer.inset(valueText(query))}`,
  );
  const isPlain = turns <= 1 && item.toolCalls.length === 0 && rows.length <= 2;
  if (isPlain && searches.length === 0) return [];
  const said = `agent: ${writer.inset(valueText(item.output))}`;
  return [...searches, ...(rows.at(-1) === said ? rows.slice(0, -1) : rows)];
}

function judgeWords({ verdicts, judges }: Judged, writer: Writer): readonly JudgeWords[] {
  return judges.flatMap(({ name, decides }) => {
    const verdict = verdicts[name];
    if (verdict === undefined || verdict.state === "not_applicable") return [];
    const { label, pass, value, rationale, reason, state } = verdict;
    return [
      {
        judge: name,
        decides,
        label: label === null ? null : writer.name(label),
        pass,
        value,
        rationale: rationale === null ? null : writer.clean(rationale),
        reason: state === "scored" ? null : (reason ?? state),
      },
    ];
  });
}

/**
 * What a training case showed: the words of judges, errors and traces beside the score.
 * @throws Error for an example that is not in the training split: a defect of the caller, since proposers learn from
 * nothing else
 */
export function trainingRecord(example: Example, record: RunRecord, judged: Judged): TrainingRecord {
  if (example.split !== "train") throw new Error("only training examples are shown to proposers");
  const writer = createWriter((part) => mediaLabel(part).replaceAll(/\s+/g, " "));
  const cuts: Cut[] = [];
  const kept = (what: string, blocks: readonly string[]): readonly string[] => {
    const { text, cut } = fitBlocks(blocks, FIELD_CHARS, (chars) => `[${chars} characters left out]`);
    if (cut === 0) return blocks;
    cuts.push({ what, chars: cut });
    return [text];
  };
  const { run } = record;
  return {
    exampleId: example.id,
    score: isMissing(run) ? null : judged.score,
    status: run.status,
    error: run.error === null ? null : writer.clean(run.error),
    input: kept("input", valueBlocks(example.inputs, writer)),
    steps: kept("steps", stepsOf(example, record, writer)),
    output: kept("output", valueBlocks(run.output, writer)),
    expectations: kept("expected", fieldLines(example.expectations, writer)),
    judges: judgeWords(judged, writer),
    findings: findingsOf(record, writer),
    cuts,
  };
}
