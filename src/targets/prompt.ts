import { AppError, invalidInput } from "../errors.ts";
import type { Message } from "../model/message.ts";
import type { PromptTarget } from "../model/target.ts";
import type { TargetInput } from "../model/target-run.ts";
import type { Complete, Completion } from "./complete.ts";
import { type Limits, startLimits } from "./limits.ts";
import { canonicalMessages } from "./messages.ts";
import { type Attempt, failedAttempt, type Runner, startClock } from "./runner.ts";
import { fillTemplate, lookUp, variablesOf } from "./template.ts";

interface Template {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
  readonly name: string;
}

/** How many unlisted names an error shows. */
const MAX_NAMES = 5;

/**
 * A prompt as a target: its template is filled with the example's inputs and sent to a model, before the example's
 * conversation where there is one.
 */
export function promptRunner(spec: PromptTarget, complete: Complete): Runner {
  const render = (input: TargetInput): Message[] => {
    const templates = replaced(templatesOf(spec, input.messages.length > 0), input.prompts);
    checkVariables(templates, input);
    const prompt = templates.map(({ role, content }): Message => {
      return { role, parts: [{ type: "text", text: fillTemplate(content, input.inputs) }] };
    });
    return [...prompt, ...canonicalMessages(input.messages)];
  };
  return {
    check: (input) => void render(input),
    attempt: (input, _slot, signal) => attempt(spec, complete, render(input), input.traceparent, signal),
    close: () => Promise.resolve(),
  };
}

/** A text instructs when a conversation follows, else it asks. */
function templatesOf({ prompt }: PromptTarget, hasConversation: boolean): Template[] {
  if (typeof prompt === "string")
    return [{ role: hasConversation ? "system" : "user", content: prompt, name: "prompt" }];
  return prompt.map(({ role, content, name }) => ({ role, content, name: name ?? role }));
}

/** @throws AppError `invalid_input` for a name that is none of the target's prompts, or of several. */
export const checkReplaced = (spec: PromptTarget, names: readonly string[]): void =>
  checkNames(templatesOf(spec, false), names);

function checkNames(templates: readonly Template[], wanted: readonly string[]): void {
  const names = templates.map(({ name }) => name);
  const usable = names.filter((name, i) => names.indexOf(name) === i && names.lastIndexOf(name) === i);
  const unknown = wanted.filter((name) => !usable.includes(name));
  if (unknown.length > 0) {
    throw invalidInput(
      `The target has no single prompt named ${unknown.slice(0, MAX_NAMES).map(quoted).join(", ")}`,
      `Prompts that can be replaced: ${usable.map(quoted).join(", ") || "none; give its messages names"}.`,
    );
  }
}

function replaced(templates: readonly Template[], prompts: Readonly<Record<string, string>>): Template[] {
  checkNames(templates, Object.keys(prompts));
  return templates.map((template) => ({
    ...template,
    content: Object.hasOwn(prompts, template.name)
      ? (prompts[template.name] ?? template.content)
      : template.content,
  }));
}

function checkVariables(templates: readonly Template[], { inputs, exampleId }: TargetInput): void {
  const all = new Set(templates.flatMap(({ content }) => variablesOf(content)));
  const missing = [...all].filter((path) => lookUp(inputs, path) === undefined);
  if (missing.length === 0) return;
  throw invalidInput(
    `The inputs of example ${quoted(exampleId)} lack what the prompt needs: ${missing.slice(0, MAX_NAMES).map(quoted).join(", ")}`,
    "Rename the prompt's variables, or add the fields to the examples.",
  );
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 80));

async function attempt(
  spec: PromptTarget,
  complete: Complete,
  messages: readonly Message[],
  traceparent: string,
  signal: AbortSignal,
): Promise<Attempt> {
  const limits = startLimits(spec.timeoutMs, signal);
  const elapsed = startClock();
  const { model, settings } = spec;
  const stopping = new AbortController();
  const ask = async () => complete({ model, messages, settings, traceparent }, { signal: stopping.signal });
  const end = await firstOf(ask(), limits);
  limits.clear();
  const durationMs = elapsed();
  if ("stop" in end) {
    stopping.abort();
    if (end.stop === "aborted") throw signal.reason;
    return failedAttempt("timeout", `the model did not answer within ${spec.timeoutMs} ms`, { durationMs });
  }
  if ("failure" in end) {
    const why = end.failure instanceof AppError ? end.failure.describe() : "the model endpoint failed";
    return failedAttempt("infrastructure", why, { durationMs });
  }
  return { ...readCompletion(end.completion, spec.maxOutputBytes), durationMs };
}

type End =
  | { readonly completion: Completion }
  | { readonly failure: unknown }
  | { readonly stop: "timeout" | "too_large" | "aborted" };

const firstOf = (asked: Promise<Completion>, limits: Limits): Promise<End> =>
  Promise.race([
    asked.then(
      (completion): End => ({ completion }),
      (failure: unknown): End => ({ failure }),
    ),
    limits.stopped.then((stop): End => ({ stop: stop ?? "aborted" })),
  ]);

function readCompletion({ text, usage, error, cutOff = false }: Completion, maxBytes: number): Attempt {
  if (error)
    return failedAttempt("error", "the model would not answer", { error, usage, output: text || null });
  if (text.trim() === "") return failedAttempt("empty", "the model answered nothing", { usage });
  if (Buffer.byteLength(text) > maxBytes)
    return failedAttempt("too_large", `the model wrote more than ${maxBytes} bytes`, { usage });
  return { ...failedAttempt("ok", "", { usage, output: text, cutOff }), reason: null };
}
