import { invalidInput } from "../../errors.ts";
import type { Finding } from "../../model/finding.ts";
import type { Json } from "../../model/json.ts";
import type { Span } from "../../model/span.ts";
import type { BytePack } from "./byte-pack.ts";
import { compressText } from "./compress.ts";
import type { EncodeMemory, KnownChain } from "./encode-memory.ts";
import { type EncodedList, encodeMessages } from "./encode-messages.ts";
import type { RefEncoder } from "./encode-refs.ts";
import { encodeSource } from "./encode-source.ts";
import { jsonText } from "./json-text.ts";
import { leafText } from "./searchable-text.ts";
import { encodeHead } from "./span-columns.ts";
import type { EncodedOccurrence, EncodedSpan, Ref } from "./wire.ts";

export interface SpanEncoding {
  readonly projectId: string;
  readonly refs: RefEncoder;
  readonly memory: EncodeMemory;
  readonly pack: BytePack;
  /** Resources are shared by the spans of a batch. */
  readonly resources: Map<object, Ref>;
}

const TOO_DEEP_FINDING: Finding = { code: "value_too_large", detail: "nested too deeply to store" };

/** One span as cells and references. Throws `invalid_input` for ids that are not OpenTelemetry's. */
export function encodeSpan(span: Span, to: SpanEncoding): EncodedSpan {
  assertIds(span);
  const { refs, memory } = to;
  const session = span.sessionId ?? memory.scopes.get(to.projectId + span.traceId) ?? null;
  const scopeKey = `${to.projectId}\0${session === null ? `t${span.traceId}` : `s${session}`}`;
  const { content } = span;
  const input = encodeMessages(content.inputMessages, "in", scopeKey, refs, memory);
  const output = encodeMessages(content.outputMessages, "out", null, refs, memory);
  const inputValue = encodeValue(content.input, "input", to);
  const outputValue = encodeValue(content.output, "output", to);
  const apart = [content.system, content.toolDefinitions, content.documents].map((value) =>
    encodeApart(value, to),
  );
  const source = encodeSource(span.source, to, scopeKey);
  const resource = resourceRef(span.source.resource, to);
  const packed = source.text === null ? undefined : compressText(source.text);
  const whole = [input, output, inputValue, outputValue, ...apart, source].every((part) => part.whole);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: span.parentSpanId,
    scopeSession: session,
    stub: span.findings.some((finding) => finding.code === "stub"),
    head: encodeHead(whole ? span : { ...span, findings: [...span.findings, TOO_DEEP_FINDING] }),
    content: [
      apart[0]?.ref ?? 0,
      refs.chainRef(input.chain),
      refs.chainRef(output.chain),
      refs.chainRef(threadOf(input, output, refs)),
      inputValue.ref,
      outputValue.ref,
      apart[1]?.ref ?? 0,
      apart[2]?.ref ?? 0,
    ],
    occurrences: [
      ...input.occurrences,
      ...inputValue.occurrences,
      ...output.occurrences,
      ...outputValue.occurrences,
    ],
    resource,
    hasSource: packed !== undefined || resource !== 0,
    sourceDeflated: packed?.deflated ?? 0,
    sourceAt: packed ? to.pack.bytes(packed.data) : 0,
    sourceLength: packed?.data.length ?? 0,
    sourceChains: source.chains,
  };
}

function assertIds(span: Span): void {
  if (!/^[0-9a-f]{32}$/.test(span.traceId)) throw invalidInput("A trace id must be 32 lower-case hex digits");
  if (!/^[0-9a-f]{16}$/.test(span.spanId)) throw invalidInput("A span id must be 16 lower-case hex digits");
  if (span.parentSpanId !== null && !/^[0-9a-f]{16}$/.test(span.parentSpanId))
    throw invalidInput("A parent span id must be 16 lower-case hex digits");
}

/** Input and output in one list: the beginning of the next call's input. */
function threadOf(input: EncodedList, output: EncodedList, refs: RefEncoder): KnownChain | null {
  if (!input.chain) return output.chain;
  return output.contents.reduce<KnownChain>((chain, content) => refs.extend(chain, content), input.chain);
}

interface EncodedValue {
  readonly ref: Ref;
  readonly occurrences: readonly EncodedOccurrence[];
  readonly whole: boolean;
}

const NO_VALUE: EncodedValue = { ref: 0, occurrences: [], whole: true };

function encodeValue(value: Json, part: "input" | "output", { refs }: SpanEncoding): EncodedValue {
  if (value === null) return NO_VALUE;
  const json = jsonText(value);
  const { ref } = refs.content(json.text, () => leafText(JSON.parse(json.text)));
  const direction = part === "input" ? "in" : "out";
  return {
    ref,
    occurrences: [{ content: ref, part, role: null, direction, position: 0 }],
    whole: json.whole,
  };
}

/** System instructions, tools and documents: calls of one agent often share the very same object. */
function encodeApart(value: Json | readonly object[], to: SpanEncoding): EncodedValue {
  if (value === null) return NO_VALUE;
  const known = typeof value === "object" ? to.memory.project(to.projectId).contentsOfValues : undefined;
  const same = typeof value === "object" ? known?.get(value) : undefined;
  if (same) return { ...NO_VALUE, ref: to.refs.contentRef(same) };
  const json = jsonText(value);
  const content = to.refs.content(json.text);
  if (typeof value === "object" && json.whole) known?.set(value, content);
  return { ...NO_VALUE, ref: content.ref, whole: json.whole };
}

function resourceRef(resource: Readonly<Record<string, Json>>, to: SpanEncoding): Ref {
  const known = to.resources.get(resource);
  if (known !== undefined) return known;
  const empty = Object.keys(resource).length === 0;
  const ref = empty ? 0 : to.refs.content(jsonText(resource).text).ref;
  to.resources.set(resource, ref);
  return ref;
}
