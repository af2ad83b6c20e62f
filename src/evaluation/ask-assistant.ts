import { randomBytes } from "node:crypto";
import { hashOf } from "../canonical.ts";
import type { KnownItem } from "../judges/known-items.ts";
import type { Question } from "../judges/model/question.ts";
import { callKey } from "../ledger/keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { NO_SPEND } from "../model/ledger.ts";
import { hashRandom } from "../statistics/random.ts";
import type { NewTask, SourceRef } from "../store/ledger-store.ts";
import { takeOf } from "./ask-model.ts";

export interface AssistantAsker {
  readonly ledger: Ledger;
  readonly seed: string;
  readonly jobId: string;
  /** Of the judge that asks. */
  readonly known: readonly KnownItem[];
  /** Above 0: asked once more, whatever was answered before. */
  readonly take?: number | undefined;
}

/** About one question in ten is asked twice, and beside one in ten stands one whose answer is known. */
const CHECK_SHARE = 0.1;

const newCode = (): string => randomBytes(3).toString("hex");

type Asked = Extract<Question["ask"], { by: "assistant" }>;

function checksFor(key: string, ask: Asked, asker: AssistantAsker): NewTask[] {
  const draw = (purpose: string) => hashRandom(asker.seed, `${purpose}:${key}`, 0);
  const id = (purpose: string) => taskId(key, [purpose, asker.jobId]);
  const checks: NewTask[] = [];
  // Notes and lists of turns have no one label that could be compared.
  if (ask.labels.length === 0) return checks;
  const known = asker.known[Math.floor(draw("which") * asker.known.length)];
  if (known && draw("known") < CHECK_SHARE)
    checks.push({
      kind: known.task.kind,
      rubric: known.task.rubric,
      labels: [...known.task.labels],
      id: id("known"),
      item: known.task.item,
      code: newCode(),
      check: { known: known.label, repeats: null },
    });
  if (draw("repeat") < CHECK_SHARE)
    checks.push({
      kind: ask.kind,
      rubric: ask.rubric,
      labels: [...ask.labels],
      id: id("repeat"),
      item: ask.item,
      code: newCode(),
      check: { known: null, repeats: taskId(key) },
    });
  return checks;
}

/** An id that tells nothing: whoever answers must not see what tests it. Equal when a job runs again. */
const taskId = (key: string, purpose: readonly string[] = []): string =>
  `t-${hashOf(["task", key, ...purpose]).slice(0, 20)}`;

/** Asks the attached assistant, with known and repeated items mixed in that show how far its answers can be trusted. */
export function askAssistant(question: Question, sources: readonly SourceRef[], asker: AssistantAsker) {
  const { ask } = question;
  if (ask.by !== "assistant") throw new Error("a question for a model was given to the assistant");
  const key = callKey("judge", {
    question: question.keyMaterial,
    endpoint: "assistant",
    ...takeOf(asker.take),
  });
  const task: NewTask = {
    id: taskId(key),
    kind: ask.kind,
    rubric: ask.rubric,
    item: ask.item,
    labels: [...ask.labels],
    code: newCode(),
    check: null,
  };
  return asker.ledger.ask(
    { key, kind: "judge", estimate: NO_SPEND, sources },
    task,
    checksFor(key, ask, asker),
  );
}
