import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pino } from "pino";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { packageRoot } from "../../src/runtime.ts";
import { openStore } from "../../src/store/open.ts";
import { runTurns } from "../../src/targets/conversation.ts";
import type { CollectorAddress } from "../../src/targets/environment.ts";
import { loadTarget } from "../../src/targets/load.ts";
import { openTarget } from "../../src/targets/open.ts";
import { findRepository } from "../../src/targets/repository.ts";
import type { OpenTarget } from "../../src/targets/serve.ts";
import { startCollector } from "../../src/telemetry/collector/collector.ts";
import { HOST, never, newFolder, request } from "./fixtures.ts";

const log = pino({ level: "silent" });

async function openExample(path: string, collector: CollectorAddress | null = null): Promise<OpenTarget> {
  const repository = await findRepository(packageRoot);
  const { spec } = await loadTarget(path, repository);
  const resource = { "evalwright.run": "run-1" };
  const options = { root: repository.root, allowCommands: true, host: HOST, collector, resource };
  const target = await openTarget(spec, options);
  onTestFinished(() => target[Symbol.asyncDispose]());
  return target;
}

/** A collector over a store of its own. */
async function collecting() {
  const store = await openStore(join(newFolder(), "evalwright.db"), log);
  const collector = await startCollector({ store, storeId: "targets", httpPort: 0, grpcPort: null, log });
  onTestFinished(async () => {
    await collector.close();
    await store[Symbol.asyncDispose]();
  });
  return { store, address: { url: collector.status().httpUrl ?? "", projectId: "shop" } };
}

const AGENT = "examples/support-agent/agent.yaml";

describe("the TypeScript agent", () => {
  it("answers with its messages, tool calls and the state of the shop", async () => {
    const target = await openExample(AGENT);
    const asked = request({ message: "I want a refund for order 1001, the blanket has a hole." });
    expect(await target.run(asked, { signal: never })).toMatchObject({
      status: "ok",
      output: "Done: I refunded $80. It reaches your card in 3 to 5 days.",
      toolCalls: [
        { name: "lookup_order", arguments: { order_id: "1001" }, result: { item: "wool blanket" } },
        { name: "issue_refund", arguments: { order_id: "1001" }, result: { refunded_usd: 80 } },
      ],
      state: { refunded: ["1001"] },
      ignored: { lines: 0, fields: [] },
    });
  });

  it("fails as it does in the shop, and not with a better prompt", async () => {
    const target = await openExample(AGENT);
    const turns = ["It is about order 1001.", "It has a hole, I want my money back."] as const;
    const play = (prompts: Record<string, string>) =>
      runTurns(target, request({}, { prompts }), [...turns], { signal: never });
    const asked = await play({});
    expect(asked.run.output).toBe("Could you please give me your order number?");
    expect(asked.messages.filter(({ role }) => role === "user")).toHaveLength(2);
    expect((await play({ system: "Re-read the whole conversation first." })).run).toMatchObject({
      output: "Done: I refunded $80. It reaches your card in 3 to 5 days.",
      state: { refunded: ["1001"] },
    });
  });

  it.each([
    ["worker.yaml", "Done: I refunded $80. It reaches your card in 3 to 5 days."],
    ["deaf-worker.yaml", "I could not find that order. Please check the number."],
  ])(
    "as %s it answers one question after the other, and may take no notice of prompts",
    async (file, then) => {
      const target = await openExample(`examples/support-agent/${file}`);
      const ask = async (prompts: Record<string, string>) =>
        (await target.run(request({ message: "Refund for order #1001" }, { prompts }), { signal: never }))
          .output;
      expect(await ask({})).toBe("I could not find that order. Please check the number.");
      expect(await ask({ system: "Order numbers are digits only." })).toBe(then);
    },
  );

  it("sends a trace that its result names, in its session, of this run", async () => {
    const { store, address } = await collecting();
    const target = await openExample(AGENT, address);
    const run = await target.run(request({ message: "Where is order 1002?" }), { signal: never });
    expect(run.status).toBe("ok");
    await store.traces.settle();
    const trace = await store.traces.getTrace("shop", run.traceId);
    expect(trace).toMatchObject({ sessionId: "session-1", totals: { llmCalls: 2 } });
    const { items } = await store.traces.readSpans("shop", run.traceId, { limit: 10 });
    const top = items.find(({ head }) => head.parentSpanId === run.spanId);
    expect(top?.head.name).toBe("invoke_agent shop-support");
    const span = await store.traces.getSpan("shop", run.traceId, top?.head.spanId ?? "");
    expect(JSON.stringify(span)).toContain('"evalwright.run":"run-1"');
    expect(JSON.stringify(span)).toContain('"evalwright.example":"example-1"');
  });
});

const noPython = spawnSync("python3", ["--version"]).status !== 0;

describe.skipIf(noPython).each(["agent.yaml", "worker.yaml"])(
  "the Python agent as %s (skipped without python3)",
  (file) => {
    const path = `examples/python-agent/${file}`;

    it("answers with its tool calls and what it spent", async () => {
      const target = await openExample(path);
      const ask = (inputs: Json, prompts = {}) => target.run(request(inputs, { prompts }), { signal: never });
      expect(await ask({ question: "How much is a Flat White?" })).toMatchObject({
        status: "ok",
        output: "flat white 3.80",
        toolCalls: [{ name: "price_of", arguments: { item: "flat white" }, result: { price: 3.8 } }],
        usage: { inputTokens: expect.any(Number), costUsd: 0 },
      });
      expect((await ask("Tea and a scone?")).output).toBe("tea 2.20, scone 3.00");
      const adding = await ask("Tea and a scone?", { system: "Add up what is asked for." });
      expect(adding.output).toBe("That is 5.20 together.");
      expect((await ask("Ünïcode\u2028😀?")).output).toBe("Sorry, that is not on the menu.");
    });

    it("takes turns", async () => {
      const target = await openExample(path);
      const { turns } = await runTurns(target, request(), ["Tea?", "And an espresso?"], { signal: never });
      expect(turns.map(({ output }) => output)).toEqual(["tea 2.20", "espresso 2.50"]);
    });

    it("sends a trace that its result names", async () => {
      const { store, address } = await collecting();
      const target = await openExample(path, address);
      const run = await target.run(request({ question: "Tea?" }), { signal: never });
      expect(run).toMatchObject({ status: "ok", output: "tea 2.20" });
      await store.traces.settle();
      expect(await store.traces.getTrace("shop", run.traceId)).toMatchObject({ sessionId: "session-1" });
    });
  },
);
