import { isJsonObject, type Json } from "../../model/json.ts";
import type { JudgedItem, Retrieval } from "../../model/judged-item.ts";
import type { Message } from "../../model/message.ts";
import { valueText } from "../../reading/message-text.ts";
import { allCalls, judgedCalls, lastTurn } from "./calls.ts";
import { callRows, callText, conversationRows, messageRows } from "./conversation-text.ts";
import { mediaOf } from "./media.ts";
import type { SectionName } from "./section-names.ts";
import { entries, fieldLines, plainValue, type Writer } from "./writer.ts";

type Blocks = readonly string[];

/** How a section is written. */
export interface Writing {
  readonly writer: Writer;
  /** Of a question about one retrieval. */
  readonly retrieval: Retrieval | null;
  /** Whether lines begin the turns of a conversation. */
  readonly marksTurns: boolean;
}

type Build = (item: JudgedItem, writer: Writer, writing: Writing) => Blocks;

const spoken = (message: Message | undefined): string =>
  (message?.parts ?? []).flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");

/** Of an example with further turns the inputs are the first, and the answer that is judged is to the last. */
function newestWords(item: JudgedItem, newest: Message | undefined): string {
  const said = spoken(newest);
  const turns = item.conversation.filter(({ role }) => role === "user").length;
  const isInInputs = [valueText(item.inputs), JSON.stringify(item.inputs)].some((text) =>
    text.includes(said),
  );
  return turns > 1 && !isInInputs ? said : "";
}

function inputs(item: JudgedItem, writer: Writer): Blocks {
  const asked = item.conversation.findLast(({ role }) => role === "user");
  const newest = item.inputs === null ? "" : newestWords(item, asked);
  return [
    plainValue(item.inputs ?? spoken(asked), writer),
    ...(newest === "" ? [] : [`the user's newest message: ${writer.inset(newest)}`]),
    ...mediaOf(asked).map(writer.media),
  ];
}

function output(item: JudgedItem, writer: Writer): Blocks {
  const answer = item.conversation.findLast(({ role }) => role === "assistant");
  return [plainValue(item.output, writer), ...mediaOf(answer).map(writer.media)];
}

const listed = (value: Json | undefined, writer: Writer): Blocks =>
  entries(value).map((entry) => `- ${writer.inset(valueText(entry))}`);

function answers(item: JudgedItem, writer: Writer): Blocks {
  const wanted = entries(item.expectations["answer"]);
  const [only] = wanted;
  if (wanted.length === 1 && only !== undefined) return [plainValue(only, writer)];
  return wanted.length === 0 ? [] : ["Any one of these:", ...listed(wanted.slice(), writer)];
}

function reference(item: JudgedItem, writer: Writer): Blocks {
  const expected = answers(item, writer);
  const facts = listed(item.expectations["facts"], writer);
  return [
    ...(expected.length > 0 ? ["Expected answer:", ...expected] : []),
    ...(facts.length > 0 ? ["Facts that must be there:", ...facts] : []),
  ];
}

function documentRows(retrieval: Retrieval, writer: Writer): Blocks {
  return retrieval.documents.map(({ id, content }, i) => {
    const named = id === null ? `document ${i + 1}` : `document ${i + 1} (${writer.name(id)})`;
    return `${named}: ${content === null ? "(its text was not recorded)" : writer.inset(content)}`;
  });
}

const retrievalRows = (retrieval: Retrieval, writer: Writer): Blocks => [
  `search (documents found: ${retrieval.documents.length}) for ${writer.inset(valueText(retrieval.query))}`,
  ...documentRows(retrieval, writer),
];

function evidence(item: JudgedItem, writer: Writer): Blocks {
  return [
    ...entries(item.expectations["context"]).map((text) => `context: ${writer.inset(valueText(text))}`),
    ...item.retrievals.flatMap((retrieval) => retrievalRows(retrieval, writer)),
    ...allCalls(item).flatMap((call) => callRows(call, writer)),
  ];
}

function trace(item: JudgedItem, writer: Writer, { marksTurns }: Writing): Blocks {
  const { run } = item;
  const how = run.ok
    ? "the run ended well"
    : `the run failed: ${writer.inset(run.error ?? "no reason recorded")}`;
  const counts = [
    ...(run.steps === null ? [] : [`${run.steps} steps`]),
    ...(run.innerErrors === null ? [] : [`${run.innerErrors} failed inside`]),
  ];
  return [
    ...conversationRows(item, writer, { reasoning: true, marksTurns }),
    ...item.retrievals.flatMap((retrieval) => retrievalRows(retrieval, writer)),
    [how, ...counts].join(", "),
  ];
}

function expectedCall(call: Json, writer: Writer): string {
  if (!isJsonObject(call)) return `- ${writer.inset(valueText(call))}`;
  const { name, arguments: given } = call;
  return typeof name === "string" && given !== undefined
    ? `- ${callText(name, given, writer)}`
    : `- ${writer.inset(typeof name === "string" ? `${name}, whatever its arguments` : valueText(call))}`;
}

const BUILD: Readonly<Record<SectionName, Build>> = {
  system: (item, writer) => [writer.clean(item.system ?? "")],
  tools: (item, writer) => listed(item.tools, writer),
  history: (item, writer) => messageRows(item.conversation.slice(0, lastTurn(item.conversation)), writer),
  inputs,
  conversation: (item, writer, { marksTurns }) => conversationRows(item, writer, { marksTurns }),
  trace,
  query: (_, writer, { retrieval }) => [plainValue(retrieval?.query ?? null, writer)],
  documents: (_, writer, { retrieval }) => (retrieval === null ? [] : documentRows(retrieval, writer)),
  evidence,
  tool_calls: (item, writer) => judgedCalls(item).flatMap((call) => callRows(call, writer)),
  state: (item, writer) => [plainValue(item.state, writer)],
  guidelines: (item, writer) => listed(item.expectations["guidelines"], writer),
  expectations: (item, writer) => fieldLines(item.expectations, writer),
  expected_answer: answers,
  reference,
  expected_tool_calls: (item, writer) =>
    entries(item.expectations["toolCalls"]).map((call) => expectedCall(call, writer)),
  output,
};

/** A section's text in blocks, which are shortened one by one; none when the item has nothing for it. */
export function sectionBlocks(name: SectionName, item: JudgedItem, writing: Writing): readonly string[] {
  return BUILD[name](item, writing.writer, writing).filter((block) => block.trim() !== "");
}
