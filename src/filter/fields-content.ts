import { Status } from "../model/span.ts";
import { EVERYWHERE, type Field, ROWS, SPAN } from "./field-types.ts";

/** What was said. */
export const words: readonly Field[] = [
  {
    name: "text",
    type: "search",
    levels: EVERYWHERE,
    description:
      "words, in order, in any message, tool argument or result, where it was first said; the last may be a beginning",
    aliases: ["content", "message", "messages"],
    example: 'text ~ "refund"',
  },
  {
    name: "input",
    type: "excerpt",
    levels: ROWS,
    description: "what was asked, first 200 characters",
    example: 'input ~ "cancel my order"',
  },
  {
    name: "output",
    type: "excerpt",
    levels: ROWS,
    description: "what was answered, first 200 characters",
    aliases: ["answer", "response"],
    example: 'output ~ "sorry"',
  },
  {
    name: "tool.arguments",
    type: "search",
    levels: SPAN,
    description: "words in what the tool was called with",
    aliases: ["tool.input", "arguments"],
    example: 'tool.arguments ~ "4711"',
  },
  {
    name: "tool.result",
    type: "search",
    levels: SPAN,
    description: "words in what the tool returned",
    aliases: ["tool.output", "result"],
    example: 'tool.result ~ "not found"',
  },
];

/** Fields with a key of the user's own. */
export const families: readonly Field[] = [
  {
    name: "tag",
    type: "tag",
    family: true,
    levels: EVERYWHERE,
    description: "a tag; inside span(...), the span's own",
    aliases: ["tags"],
    example: 'tag.release = "1.4"',
  },
  {
    name: "feedback",
    type: "scalar",
    family: true,
    levels: EVERYWHERE,
    description: "current feedback on the trace, its spans or its session",
    example: "feedback.rating(source: human) < 3",
  },
  {
    name: "expectation",
    type: "scalar",
    family: true,
    levels: EVERYWHERE,
    description: "what should have happened",
    aliases: ["expectations"],
    example: 'expectation.answer ~ "yes"',
  },
];

/** Of the whole session, from a trace or from the session itself. */
export const ofSession: readonly Field[] = [
  {
    name: "session.turns",
    type: "number",
    levels: ROWS,
    description: "traces of the session",
    aliases: ["turns"],
    example: "session.turns > 8",
  },
  {
    name: "session.status",
    type: "enum",
    values: Status.options,
    levels: ROWS,
    description: "status of the whole session",
    example: "session.status = error",
  },
  {
    name: "session.duration",
    type: "duration",
    levels: ROWS,
    description: "from the session's first start to its last end",
    example: "session.duration > 10m",
  },
  {
    name: "session.cost",
    type: "money",
    levels: ROWS,
    description: "US dollars of the whole session",
    example: "session.cost > 0.5",
  },
  {
    name: "session.tokens",
    type: "number",
    levels: ROWS,
    description: "tokens of the whole session",
    example: "session.tokens > 100k",
  },
  {
    name: "session.errors",
    type: "number",
    levels: ROWS,
    description: "failed spans of the whole session",
    example: "session.errors > 0",
  },
  {
    name: "session.tag",
    type: "tag",
    family: true,
    levels: ROWS,
    description: "a tag of the session, e.g. from a labels file",
    example: "session.tag.reward < 1",
  },
];
