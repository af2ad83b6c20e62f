import { describe, expect, it } from "vitest";
import { readProposal } from "../../../src/optimization/reflection/proposal.ts";
import { reflectionRequest } from "../../../src/optimization/reflection/request.ts";
import { connect, failureOf } from "../../llm/client.ts";
import { makeOrder, makeRecord, makeSpec } from "./orders.ts";

const order = makeOrder({ system: "Be kind." }, [makeRecord("a")]);
const request = reflectionRequest(order, { components: [makeSpec("system", "Be kind.")] }).request;
const answer = { hypothesis: "why", components: { system: "Be kind, $& ``` {{x}} and brief." } };

describe("a reflection model behind an endpoint", () => {
  it.each(["auto", "json_object", "none"] as const)(
    "gives a proposal (structured output: %s)",
    async (mode) => {
      const { llm } = await connect({ answer: () => JSON.stringify(answer) }, { structuredOutput: mode });
      const { text, finishReason } = await llm.complete(request);
      expect(readProposal({ text, truncated: finishReason === "length" }, order)).toEqual({
        state: "proposed",
        code: null,
        ...answer,
      });
    },
  );

  it("is given more room when it was cut off, and never told to write less", async () => {
    const { llm, server } = await connect({
      answer: () => ({ text: '{"hypothesis": "why", "components": {"sys', finishReason: "length" }),
    });
    expect((await failureOf(llm.complete(request))).kind).toBe("truncated");
    const limits = server.requests.map(({ body }) => body["max_tokens"]);
    expect(limits).toEqual([1, 2, 4].map((times) => times * (request.maxOutputTokens ?? 0)));
    expect(server.requests.map(({ text }) => /two short sentences/.test(text))).toEqual([
      false,
      false,
      false,
    ]);
  });
});
