import { describe, expect, it } from "vitest";
import { AppError } from "../../src/errors.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Completion, CompletionRequest } from "../../src/targets/complete.ts";
import { never, open, request } from "./fixtures.ts";

/** A model that answers with what `answer` says, and remembers what it was asked. */
async function openPrompt(
  fields: JsonObject,
  answer: () => Promise<Completion> | Completion = () => said("fine"),
) {
  const asked: CompletionRequest[] = [];
  const target = await open(
    { kind: "prompt", model: "fast", ...fields },
    {
      complete: async (completion) => {
        asked.push(completion);
        return answer();
      },
    },
  );
  return { target, asked };
}

const said = (text: string): Completion => ({ text, usage: null });
const text = (role: string, content: string) => ({ role, parts: [{ type: "text", text: content }] });

describe("a prompt target", () => {
  it("fills its template from the inputs and asks the model", async () => {
    const { target, asked } = await openPrompt(
      {
        prompt:
          "{{question}} / {{ inputs.question }} / {{order.lines.0.id}} / {{order}} / [{{none}}] {unchanged} {{1}}",
        settings: { temperature: 0 },
      },
      () => ({ text: "42\n", usage: { inputTokens: 5, outputTokens: 1, costUsd: null } }),
    );
    const inputs = { question: "How {{order}}?", order: { lines: [{ id: 7 }] }, none: null };
    const run = await target.run(request(inputs), { signal: never });
    expect(run).toMatchObject({
      status: "ok",
      reason: null,
      output: "42\n",
      usage: { inputTokens: 5, outputTokens: 1, costUsd: null },
    });
    expect(asked).toEqual([
      {
        model: "fast",
        messages: [
          text("user", 'How {{order}}? / How {{order}}? / 7 / {"lines":[{"id":7}]} / [] {unchanged} {{1}}'),
        ],
        settings: { temperature: 0 },
        traceparent: `00-${run.traceId}-${run.spanId}-01`,
      },
    ]);
  });

  it("is a text for inputs that are one", async () => {
    const { target, asked } = await openPrompt({ prompt: "Say: {{inputs}}" });
    await target.run(request("hello"), { signal: never });
    expect(asked[0]?.messages).toEqual([text("user", "Say: hello")]);
  });

  it("stands before the example's conversation", async () => {
    const conversation = [
      { role: "user", content: "Hi" },
      { role: "assistant", content: "Yes?" },
    ];
    const { target, asked } = await openPrompt({ prompt: "You serve {{shop}}." });
    await target.run(request({ shop: "Lamps" }, { messages: conversation }), { signal: never });
    expect(asked[0]?.messages).toEqual([
      text("system", "You serve Lamps."),
      text("user", "Hi"),
      text("assistant", "Yes?"),
    ]);
  });

  it("takes other texts by name", async () => {
    const prompt = [
      { role: "system", content: "Be brief." },
      { role: "user", content: "{{q}}", name: "ask" },
    ];
    const { target, asked } = await openPrompt({ prompt });
    const prompts = { system: "Be rude about {{q}}." };
    await target.run(request({ q: "lamps" }, { prompts }), { signal: never });
    expect(asked[0]?.messages).toEqual([text("system", "Be rude about lamps."), text("user", "lamps")]);
    expect(() => target.check(request({ q: "" }, { prompts: { user: "x" } }))).toThrow(
      'The target has no single prompt named "user"',
    );
    const twice = await openPrompt({ prompt: [...prompt, ...prompt] });
    expect(() => twice.target.check(request({ q: "" }, { prompts }))).toThrow("no single prompt");
  });

  it("refuses before anything runs what lacks its variables", async () => {
    const { target, asked } = await openPrompt({ prompt: "{{question}} {{toString}} {{order.id}}" });
    const incomplete = request({ question: "x", order: "none" });
    expect(() => target.check(incomplete)).toThrow(
      'The inputs of example "example-1" lack what the prompt needs: "toString", "order.id"',
    );
    await expect(target.run(incomplete, { signal: never })).rejects.toMatchObject({ code: "invalid_input" });
    expect(asked).toEqual([]);
  });

  it("scores what the model would not say, and not what the endpoint could not do", async () => {
    const outcome = async (answer: () => Promise<Completion> | Completion, fields: JsonObject = {}) =>
      (await openPrompt({ prompt: "hi", ...fields }, answer)).target.run(request(), { signal: never });
    expect(await outcome(() => said(" \n"))).toMatchObject({ status: "empty" });
    expect(await outcome(() => ({ ...said(""), error: "content filter" }))).toMatchObject({
      status: "error",
      error: "content filter",
    });
    expect(await outcome(() => said("x".repeat(11)), { maxOutputBytes: 10 })).toMatchObject({
      status: "too_large",
    });
    expect(
      await outcome(() => {
        throw new AppError("unavailable", "The endpoint does not answer", { hint: "Start it." });
      }),
    ).toMatchObject({
      status: "infrastructure",
      reason: "unavailable: The endpoint does not answer. Start it.",
    });
    expect(
      await outcome(() => {
        throw new Error("secret detail");
      }),
    ).toMatchObject({ status: "infrastructure", reason: "the model endpoint failed", error: null });
    expect(await outcome(() => new Promise(() => undefined), { timeoutMs: 50 })).toMatchObject({
      status: "timeout",
      reason: "the model did not answer within 50 ms",
    });
  });

  it("stops when the caller does, and says so to the endpoint", async () => {
    let told: AbortSignal | undefined;
    const target = await open(
      { kind: "prompt", model: "fast", prompt: "hi" },
      {
        complete: (_, { signal }) => {
          told = signal;
          return new Promise(() => undefined);
        },
      },
    );
    const stop = new AbortController();
    const running = target.run(request(), { signal: stop.signal });
    stop.abort(new Error("enough"));
    await expect(running).rejects.toThrow("enough");
    expect(told?.aborted).toBe(true);
  });

  it("needs an endpoint", async () => {
    await expect(open({ kind: "prompt", model: "fast", prompt: "hi" })).rejects.toThrow(
      "needs a model endpoint",
    );
  });
});
