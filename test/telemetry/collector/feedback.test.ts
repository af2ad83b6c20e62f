import { describe, expect, test } from "vitest";
import { z } from "zod";
import { SPAN_ID, TRACE_ID } from "../otlp/samples.ts";
import { type Started, startTestCollector } from "./start.ts";

const ORIGIN = "https://app.example";

const send = ({ url }: Started, body: unknown, headers: Record<string, string> = {}, path = "/v1/feedback") =>
  fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });

const Answer = z.object({ ids: z.array(z.string()), repeated: z.boolean() });
const answerOf = async (response: Response) => Answer.parse(await response.json());

const THUMB = { traceId: TRACE_ID, name: "thumbs", value: false };

describe("POST /v1/feedback", () => {
  test("one item is accepted before its trace has arrived", async () => {
    const started = await startTestCollector();
    const item = {
      ...THUMB,
      spanId: SPAN_ID.toUpperCase(),
      rationale: "wrong refund",
      quote: "30 days",
      userId: "u1",
    };
    const response = await send(started, item, {}, "/p/shop/v1/feedback");
    expect(response.status).toBe(202);
    const answer = await answerOf(response);
    expect(answer).toEqual({ ids: [expect.any(String)], repeated: false });
    expect(started.store.assessments).toEqual([
      {
        projectId: "shop",
        item: expect.objectContaining({
          id: answer.ids[0],
          kind: "feedback",
          name: "thumbs",
          value: false,
          rationale: "wrong refund",
          quote: "30 days",
          source: "end_user",
          sourceId: "u1",
          traceId: TRACE_ID,
          spanId: SPAN_ID,
          sessionId: null,
        }),
      },
    ]);
  });

  test("a list and {feedback: [...]} are batches", async () => {
    const started = await startTestCollector();
    const session = { sessionId: "s", name: "rating", value: 4, source: "human" };
    expect((await send(started, [THUMB, session])).status).toBe(202);
    expect((await send(started, { feedback: [session] })).status).toBe(202);
    expect(started.store.assessments).toHaveLength(3);
  });

  test("a batch with one bad item is refused whole", async () => {
    const started = await startTestCollector();
    const response = await send(started, [THUMB, { name: "rating", value: 1 }]);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("feedback.1");
    expect(started.store.assessments).toEqual([]);
  });

  test.each([
    ["no target", { name: "x", value: 1 }],
    ["two targets", { ...THUMB, sessionId: "s" }],
    ["a span without a trace", { sessionId: "s", spanId: SPAN_ID, name: "x", value: 1 }],
    ["a short trace id", { ...THUMB, traceId: "abc" }],
    ["nothing said", { traceId: TRACE_ID, name: "x" }],
    ["an unknown field", { ...THUMB, extra: "secret-text" }],
    ["a long text", { ...THUMB, rationale: "x".repeat(16_001) }],
    ["no JSON", "{"],
    ["an empty list", []],
    ["a number", 5],
  ])("%s is 400, without the sender's words", async (_, body) => {
    const response = await send(await startTestCollector(), body);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain("secret-text");
  });

  test("more than 1 MiB is 413", async () => {
    expect((await send(await startTestCollector(), " ".repeat(1024 * 1024 + 1))).status).toBe(413);
  });

  test("the same key and feedback adds nothing, the key for other feedback is 409", async () => {
    const started = await startTestCollector();
    const headers = { "idempotency-key": "k1" };
    const first = await answerOf(await send(started, THUMB, headers));
    const again = await send(started, { ...THUMB, idempotencyKey: "k1" });
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual({ ids: first.ids, repeated: true });
    expect((await send(started, { ...THUMB, value: true }, headers)).status).toBe(409);
    expect(started.store.assessments).toHaveLength(1);
  });

  test("a service's feedback goes to its project", async () => {
    const started = await startTestCollector();
    started.store.services.set("api", "shop");
    await send(started, { ...THUMB, service: "api" });
    await send(started, THUMB);
    expect(started.store.assessments.map((entry) => entry.projectId)).toEqual(["shop", "unsorted"]);
  });

  test("a credential in it is not stored", async () => {
    const started = await startTestCollector();
    const key = ["ghp", "0123456789abcdefghijABCDEFGHIJ012345"].join("_");
    await send(started, { ...THUMB, rationale: `my key is ${key}` });
    expect(JSON.stringify(started.store.assessments)).not.toContain(key);
  });
});

describe("pages of other origins", () => {
  test("a preflight is answered for listed origins only", async () => {
    const { url } = await startTestCollector({ allowedOrigins: [ORIGIN] });
    const preflight = (path: string, origin: string) =>
      fetch(`${url}${path}`, {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      });
    const allowed = await preflight("/v1/feedback", ORIGIN);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(allowed.headers.get("access-control-allow-headers")).toContain("idempotency-key");
    expect((await preflight("/v1/feedback", "https://evil.example")).status).toBe(403);
    expect((await preflight("/v1/traces", ORIGIN)).status).toBe(405);
  });

  test("a listed page may read the answer, refusals too; no other page may send", async () => {
    const started = await startTestCollector({ allowedOrigins: [ORIGIN] });
    const sent = await send(started, THUMB, { origin: ORIGIN });
    expect([sent.status, sent.headers.get("access-control-allow-origin")]).toEqual([202, ORIGIN]);
    const bad = await send(started, {}, { origin: ORIGIN });
    expect([bad.status, bad.headers.get("access-control-allow-origin")]).toEqual([400, ORIGIN]);
    const foreign = await send(started, THUMB, { origin: "https://evil.example" });
    expect([foreign.status, foreign.headers.get("access-control-allow-origin")]).toEqual([403, null]);
    expect(started.store.assessments).toHaveLength(1);
  });
});
