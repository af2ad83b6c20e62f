import { describe, expect, it } from "vitest";
import type { Json } from "../../src/model/json.ts";
import type { Reply, ScriptedRequest } from "../scripted-replies.ts";
import { ask, connect, failureOf } from "./client.ts";

const refusal = (error: Json, status = 400): Reply => ({ status, body: { error } });
const all = { maxOutputTokens: 50, temperature: 0, seed: 7 };
const keysOf = ({ body }: ScriptedRequest): string[] =>
  Object.keys(body).filter((key) => !["model", "messages"].includes(key));

/** As OpenAI's reasoning models refuse them, one at a time. */
function reasoningModel({ body }: ScriptedRequest): Reply {
  if ("max_tokens" in body)
    return refusal({
      message:
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      param: "max_tokens",
      code: "unsupported_parameter",
    });
  if ("temperature" in body)
    return refusal({
      message:
        "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
      param: "temperature",
      code: "unsupported_value",
    });
  return "ok";
}

describe("parameters that an endpoint does not take", () => {
  it("are left out or renamed, said so, and remembered", async () => {
    const { llm, server } = await connect({ answer: reasoningModel });
    expect(await llm.complete(ask("first", all))).toMatchObject({
      text: "ok",
      attempts: 3,
      ignored: ["temperature"],
    });
    expect(await llm.complete(ask("second", all))).toMatchObject({ attempts: 1, ignored: ["temperature"] });
    expect(server.requests.map(keysOf)).toEqual(
      [
        ["max_tokens", "temperature", "seed"].sort(),
        ["max_completion_tokens", "temperature", "seed"].sort(),
        ["max_completion_tokens", "seed"].sort(),
        ["max_completion_tokens", "seed"].sort(),
      ].map((keys) => expect.arrayContaining(keys)),
    );
    expect(server.requests.map((request) => keysOf(request).length)).toEqual([3, 3, 2, 2]);
  });

  it("do not use up the endpoint's attempts", async () => {
    const { llm } = await connect({ answer: reasoningModel }, { maxAttempts: 1 });
    expect((await llm.complete(ask("hello", all))).text).toBe("ok");
    let failed = false;
    const answer = (request: ScriptedRequest): Reply => {
      const reply = reasoningModel(request);
      if (reply !== "ok" || failed) return reply;
      failed = true;
      return { status: 500 };
    };
    const once = await connect({ answer }, { maxAttempts: 2 });
    expect(await once.llm.complete(ask("hello", all))).toMatchObject({ text: "ok", attempts: 4 });
  });

  // Mistral (422, `loc`) and vLLM (400, `param` null, Python's notation) as reported in public issues.
  it.each([
    [
      "FastAPI",
      { detail: [{ type: "extra_forbidden", loc: ["body", "seed"], msg: "Extra inputs are not permitted" }] },
      422,
    ],
    [
      "vLLM",
      {
        message:
          "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not permitted'}]",
        param: null,
        code: 400,
      },
      400,
    ],
  ])("are found in the words of %s", async (_, body, status) => {
    const { llm } = await connect({
      answer: (request) => ("seed" in request.body ? { status, body } : "ok"),
    });
    expect(await llm.complete(ask("hello", all))).toMatchObject({ attempts: 2, ignored: ["seed"] });
  });

  it("a value that is wrong is no parameter that is unknown", async () => {
    const message = "temperature: 5 is above the maximum of 2";
    const { llm, server } = await connect({ answer: () => refusal({ message, param: "temperature" }) });
    expect(await failureOf(llm.complete(ask("hello", { temperature: 5 })))).toMatchObject({
      kind: "bad_request",
    });
    expect(server.log.length).toBe(1);
  });

  it("what the user configured is not left out for them", async () => {
    const { llm } = await connect({ answer: reasoningModel }, { extra: { temperature: 0 } });
    expect(await failureOf(llm.complete(ask("hello")))).toMatchObject({ kind: "bad_request" });
  });

  it("a server that refuses whatever is asked is not asked for ever", async () => {
    const { llm, server } = await connect({
      answer: () =>
        refusal({ message: "temperature, seed, max_tokens and max_completion_tokens are not supported" }),
    });
    expect(await failureOf(llm.complete(ask("hello", all)))).toMatchObject({ kind: "bad_request" });
    expect(server.log.length).toBeLessThan(8);
  });

  it("OpenAI and Azure get the new name of the limit at once", async () => {
    const { createDialect } = await import("../../src/llm/plan.ts");
    const { Endpoint } = await import("../../src/model/endpoint.ts");
    const fieldOf = (baseUrl: string) =>
      createDialect(Endpoint.parse({ name: "a", model: "m", baseUrl })).plan(ask("hello")).tokenField;
    expect(fieldOf("https://api.openai.com/v1")).toBe("max_completion_tokens");
    expect(fieldOf("https://x.openai.azure.com/openai/v1")).toBe("max_completion_tokens");
    expect(fieldOf("https://api.openai.com.example.org/v1")).toBe("max_tokens");
    expect(fieldOf("http://localhost:11434/v1")).toBe("max_tokens");
  });
});
