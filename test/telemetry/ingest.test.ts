import { describe, expect, test } from "vitest";
import type { Span } from "../../src/model/span.ts";
import { type IngestTools, prepareRaw, prepareSpans } from "../../src/telemetry/ingest.ts";
import type { RawLog, RawSpan } from "../../src/telemetry/raw.ts";

const SECRET = "top-secret-key";

const redactText = (text: string) => ({
  text: text.replaceAll(SECRET, "[gone]"),
  found: text.includes(SECRET) ? { test_rule: text.split(SECRET).length - 1 } : {},
});

const tools: IngestTools = {
  redactor: {
    redactText,
    redactJson(value) {
      const { text, found } = redactText(JSON.stringify(value));
      return { value: JSON.parse(text), found };
    },
  },
  price: (span) => (span.model === "priced" ? { ...span, costUsd: 1, costSource: "computed" } : span),
  nowUs: 1_800_000_000_000_000,
};

const raw = (fields: Partial<RawSpan> = {}): RawSpan => ({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  parentSpanId: null,
  name: "chat",
  startNs: 1_700_000_000_000_000_000n,
  endNs: 1_700_000_001_000_000_000n,
  statusCode: 0,
  statusMessage: null,
  attributes: {},
  resource: { "service.name": "shop" },
  scope: { name: "lib", version: "1" },
  events: [],
  links: [],
  droppedAttributes: 0,
  droppedEvents: 0,
  droppedLinks: 0,
  ...fields,
});

const log = (fields: Partial<RawLog> = {}): RawLog => ({
  eventName: "claude_code.user_prompt",
  timeNs: 1_700_000_000_000_000_000n,
  traceId: null,
  spanId: null,
  body: "claude_code.user_prompt",
  attributes: { "session.id": "s1", "prompt.id": "p1", prompt: "hello" },
  resource: { "service.name": "claude-code" },
  scope: { name: "com.anthropic.claude_code.events", version: "1" },
  ...fields,
});

const one = (batch: { spans: readonly Span[] }): Span => {
  const [span] = batch.spans;
  if (!span || batch.spans.length !== 1) throw new Error("not one span");
  return span;
};

describe("prepareRaw", () => {
  test("redacts before anything understands, and says how much", () => {
    const span = one(
      prepareRaw(
        "p",
        [
          raw({
            name: `call ${SECRET}`,
            statusMessage: SECRET,
            attributes: {
              "gen_ai.operation.name": "chat",
              "gen_ai.input.messages": JSON.stringify([
                { role: "user", parts: [{ type: "text", content: `use ${SECRET}` }] },
              ]),
            },
            resource: { "service.name": "shop", key: SECRET },
            events: [{ name: "e", timeNs: 5n, attributes: { nested: { key: SECRET } } }],
          }),
        ],
        [],
        tools,
      ),
    );
    expect(JSON.stringify(span)).not.toContain(SECRET);
    expect(span.content.inputMessages).toEqual([
      { role: "user", parts: [{ type: "text", text: "use [gone]" }] },
    ]);
    expect(span.findings).toContainEqual({ code: "credential_redacted", detail: "test_rule 5" });
  });

  test("prices what was understood", () => {
    const attributes = { "gen_ai.operation.name": "chat", "gen_ai.request.model": "priced" };
    expect(one(prepareRaw("p", [raw({ attributes })], [], tools))).toMatchObject({ costUsd: 1 });
  });

  test("a span that cannot be understood is kept with what it said, and the batch with it", () => {
    const broken = raw({ spanId: "00000000000000aa" });
    Object.defineProperty(broken.attributes, "gen_ai.operation.name", {
      enumerable: true,
      get: () => {
        throw new Error("a defect");
      },
    });
    const gentle: IngestTools = {
      ...tools,
      redactor: { redactText, redactJson: (value) => ({ value, found: {} }) },
    };
    const { spans } = prepareRaw("p", [raw(), broken, raw()], [], gentle);
    expect(spans).toHaveLength(3);
    expect(spans[1]).toMatchObject({
      spanId: "00000000000000aa",
      kind: "other",
      startUs: 1_700_000_000_000_000,
      endUs: 1_700_000_001_000_000,
      service: "shop",
      findings: [{ code: "unparsed_content" }],
    });
    expect(spans[1]?.source.attributes).toBe(broken.attributes);
  });

  test("a price table that fails costs only the price", () => {
    const price = () => {
      throw new Error("a defect");
    };
    expect(prepareRaw("p", [raw()], [], { ...tools, price }).spans).toHaveLength(1);
  });

  test("the finding of a log record stands on its spans only", () => {
    const clean = log({ attributes: { "session.id": "s1", "prompt.id": "p1", prompt: "hello" } });
    const dirty = log({ attributes: { "session.id": "s2", "prompt.id": "p2", prompt: `use ${SECRET}` } });
    const { spans } = prepareRaw("p", [], [clean, dirty], tools);
    expect(JSON.stringify(spans)).not.toContain(SECRET);
    const marked = spans.filter((span) => span.findings.some((item) => item.code === "credential_redacted"));
    expect(marked.length).toBeGreaterThan(0);
    expect(new Set(marked.map((span) => span.sessionId))).toEqual(new Set(["s2"]));
  });
});

describe("prepareSpans", () => {
  test("canonical items get the same redaction and prices", () => {
    const span = one(prepareRaw("p", [raw()], [], tools));
    const dirty: Span = {
      ...span,
      model: "priced",
      tags: { note: SECRET },
      content: {
        ...span.content,
        system: [{ type: "text", text: SECRET }],
        inputMessages: [
          { role: "assistant", parts: [{ type: "tool_call", id: "1", name: "t", arguments: { k: SECRET } }] },
        ],
        outputMessages: [
          { role: "tool", parts: [{ type: "tool_result", id: "1", name: null, result: [SECRET] }] },
          {
            role: "user",
            parts: [
              { type: "other", kind: "x", value: SECRET },
              { type: "reasoning", text: SECRET },
            ],
          },
          {
            role: "user",
            parts: [{ type: "media", modality: "image", ref: null, uri: `https://x/?k=${SECRET}` }],
          },
        ],
        documents: [{ id: "d", content: SECRET, score: 1, metadata: { k: SECRET } }],
      },
    };
    const batch = prepareSpans(
      "p",
      {
        spans: [dirty],
        sessionTags: [{ sessionId: "s", tags: { k: SECRET } }],
        assessments: [
          {
            id: "a",
            kind: "feedback",
            name: "n",
            value: SECRET,
            rationale: SECRET,
            quote: SECRET,
            source: "human",
            sourceId: null,
            traceId: null,
            spanId: null,
            sessionId: "s",
            responseId: null,
            createdUs: 1,
            supersededBy: null,
          },
        ],
      },
      tools,
    );
    expect(JSON.stringify(batch)).not.toContain(SECRET);
    expect(one(batch)).toMatchObject({
      costUsd: 1,
      findings: [{ code: "credential_redacted", detail: "test_rule 9" }],
    });
    expect(batch).toMatchObject({
      projectId: "p",
      media: [],
      sessionTags: [{ sessionId: "s", tags: { k: "[gone]" } }],
    });
  });
});
