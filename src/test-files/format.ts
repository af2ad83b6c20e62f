import { z } from "zod";
import { canonicalJson } from "../canonical.ts";
import { expectationName } from "../datasets/expectations.ts";
import { MAX_EXAMPLES } from "../datasets/from-file.ts";
import { parseGate } from "../evaluation/gates.ts";
import { datasetName, Origin, Role } from "../model/example.ts";
import { isJsonObject, Json } from "../model/json.ts";
import { JudgeSpec, judgeName } from "../model/judge.ts";
import { Message } from "../model/message.ts";
import { newFound } from "../telemetry/conventions/messages/context.ts";
import { parseMessages } from "../telemetry/conventions/messages/parse.ts";

/** What the field `evalwright` says of a file in this format. */
export const TESTS_FORMAT = "tests/1";

const TEXT = { error: 'must be a text: put it in quotes, e.g. "1.40"' };

/** Messages of this form are the most common ones, and are written so. */
const Said = z.strictObject({ role: Message.shape.role, content: z.string(), name: z.string().optional() });

/** What is read of a message in OpenAI's form; another field would be lost. */
const CHAT_FIELDS = new Set(["role", "content", "name", "tool_calls", "tool_call_id"]);

const isChat = (value: Json): boolean =>
  isJsonObject(value) && Object.keys(value).every((field) => CHAT_FIELDS.has(field));

function messagesOf(value: Json): Message[] | string {
  const said = Said.safeParse(value).data;
  if (said) {
    const { role, content, name } = said;
    return [{ role, parts: [{ type: "text", text: content }], ...(name === undefined ? {} : { name }) }];
  }
  if (isJsonObject(value) && "parts" in value) {
    const whole = Message.safeParse(value).data;
    if (whole === undefined) return "is no message: {role, parts}, with parts as get_record shows them";
    // Fields that are not known would be lost.
    return canonicalJson(whole) === canonicalJson(value) ? [whole] : "has fields that no message has";
  }
  const found = newFound();
  const messages = isChat(value) ? parseMessages(value, found) : null;
  if (messages === null || messages.length === 0 || messages.some(({ parts }) => parts.length === 0))
    return "is no message: {role: system | user | assistant | tool, content}, or one in OpenAI's form";
  return found.media.size > 0 ? "holds media, which a test file does not: refer to them by URL" : messages;
}

const MessageEntry = Json.transform((value, context): Message[] => {
  const messages = messagesOf(value);
  if (typeof messages !== "string") return messages;
  context.issues.push({ code: "custom", message: messages, input: value });
  return z.NEVER;
});

const Expectations = z.record(z.string(), Json).check(({ value, issues }) => {
  for (const name of Object.keys(value)) {
    const ours = expectationName(name);
    if (ours !== name)
      issues.push({
        code: "custom",
        path: [name],
        input: value,
        message: `is called "${ours}" in a test file`,
      });
  }
});

/** Where a test came from; a test without it was written by hand. */
const OriginEntry = z.strictObject({
  kind: Origin.shape.kind,
  trace: z.string(TEXT).optional(),
  session: z.string(TEXT).optional(),
  span: z.string(TEXT).optional(),
});

const hasInput = (test: {
  readonly inputs?: unknown;
  readonly messages: readonly unknown[];
  readonly turns: readonly unknown[];
}): boolean => test.inputs !== undefined || test.messages.length > 0 || test.turns.length > 0;

export const TestEntry = z
  .strictObject({
    id: z.string(TEXT).min(1).max(200).optional(),
    inputs: Json.optional(),
    messages: z
      .array(MessageEntry)
      .transform((messages) => messages.flat())
      .default([]),
    turns: z.array(z.string(TEXT)).default([]),
    expectations: Expectations.default({}),
    tags: z.record(z.string(), z.string(TEXT)).default({}),
    role: Role.default("unknown"),
    /** The holdout is never in a file. */
    split: z.enum(["train", "validation"]).optional(),
    group: z.string(TEXT).min(1).max(200).optional(),
    groupKey: z.string(TEXT).min(1).max(300).optional(),
    origin: OriginEntry.optional(),
    recorded: Json.default(null),
  })
  .refine(hasInput, "needs inputs, messages or turns");
export type TestEntry = z.output<typeof TestEntry>;

/** The name of a built-in judge alone, or a judge written out. */
const JudgeEntry = z.preprocess((value) => (typeof value === "string" ? { name: value } : value), JudgeSpec);

const isGate = (text: string): boolean => {
  try {
    parseGate(text);
    return true;
  } catch {
    return false;
  }
};

const twice = (names: readonly (string | undefined)[]): number =>
  names.findIndex((name, i) => name !== undefined && names.indexOf(name) !== i);

/** A dataset with its judges as one file of a repository; docs/test-files.md describes it. */
export const TestFile = z
  .strictObject({
    evalwright: z.literal(TESTS_FORMAT),
    name: datasetName.optional(),
    description: z.string(TEXT).max(500).optional(),
    /** Path of a target file, relative to the root of the repository. */
    target: z.string(TEXT).min(1).optional(),
    gates: z
      .array(
        z.string(TEXT).refine(isGate, "must be a gate: correctness >= 0.9, or estimate:correctness >= 90%"),
      )
      .default([]),
    /** The judge that decides comparisons. */
    primary: judgeName.optional(),
    judges: z.array(JudgeEntry).max(50).default([]),
    tests: z.array(TestEntry).min(1, "there is no test").max(MAX_EXAMPLES),
  })
  .check(({ value, issues }) => {
    const test = twice(value.tests.map(({ id }) => id));
    if (test >= 0)
      issues.push({
        code: "custom",
        path: ["tests", test, "id"],
        input: value,
        message: "is there twice: each id names one test",
      });
    const judge = twice(value.judges.map(({ name }) => name));
    if (judge >= 0)
      issues.push({
        code: "custom",
        path: ["judges", judge],
        input: value,
        message: "has a name that is there twice: verdicts are kept by it",
      });
  });
export type TestFile = z.output<typeof TestFile>;

/** What may stand at a path, for error messages; undefined where anything may. */
export function fieldsAt(path: readonly PropertyKey[]): readonly string[] | undefined {
  const [part, , inner] = path;
  if (part === undefined) return Object.keys(TestFile.shape);
  if (part === "judges") return path.length <= 2 ? Object.keys(JudgeSpec.shape) : undefined;
  if (part !== "tests") return undefined;
  if (inner === undefined) return Object.keys(TestEntry.shape);
  return inner === "origin" ? Object.keys(OriginEntry.shape) : undefined;
}
