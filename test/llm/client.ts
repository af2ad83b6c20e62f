import { onTestFinished } from "vitest";
import type { z } from "zod";
import type { Clock } from "../../src/llm/clock.ts";
import { createLlm } from "../../src/llm/create-llm.ts";
import type { Llm, LlmRequest } from "../../src/llm/llm.ts";
import { LlmError } from "../../src/llm/llm-error.ts";
import { Endpoint } from "../../src/model/endpoint.ts";
import type { Message } from "../../src/model/message.ts";
import { type ScriptedEndpoint, type StartScripted, startScriptedEndpoint } from "../scripted-endpoint.ts";

/** A clock on which waiting takes no time: a sleep moves it on. */
export interface QuickClock extends Clock {
  /** Milliseconds of each sleep, in order. */
  readonly slept: readonly number[];
}

export function quickClock(random = 1): QuickClock {
  const slept: number[] = [];
  let ahead = 0;
  const now = (): number => performance.timeOrigin + performance.now() + ahead;
  return {
    slept,
    now,
    random: () => random,
    async sleep(ms, signal) {
      slept.push(ms);
      const until = now() + ms;
      await new Promise((resolve) => setImmediate(resolve));
      if (!signal?.aborted) ahead = Math.max(ahead, until - (now() - ahead));
    },
  };
}

export async function scripted(options: StartScripted): Promise<ScriptedEndpoint> {
  const server = await startScriptedEndpoint(options);
  onTestFinished(() => server.close());
  return server;
}

export interface Setup {
  readonly server: ScriptedEndpoint;
  readonly llm: Llm;
  readonly clock: QuickClock;
}

/** A scripted server and a client of it. */
export async function connect(
  script: StartScripted,
  fields: Partial<z.input<typeof Endpoint>> = {},
  env: NodeJS.ProcessEnv = {},
): Promise<Setup> {
  const server = await scripted(script);
  const clock = quickClock();
  const endpoint = Endpoint.parse({ name: "test", baseUrl: server.url, model: "scripted", ...fields });
  return { server, clock, llm: createLlm(endpoint, { env, clock }) };
}

export const user = (text: string): Message => ({ role: "user", parts: [{ type: "text", text }] });
export const system = (text: string): Message => ({ role: "system", parts: [{ type: "text", text }] });

export const ask = (text: string, rest: Omit<LlmRequest, "messages"> = {}): LlmRequest => ({
  messages: [user(text)],
  ...rest,
});

/** The error that the call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<LlmError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof LlmError) return error;
    throw error;
  }
  throw new Error("the call did not fail");
}

export const verdict = {
  name: "verdict",
  schema: {
    type: "object",
    properties: { rationale: { type: "string" }, label: { enum: ["yes", "no"] } },
    required: ["rationale", "label"],
    additionalProperties: false,
  },
};

export const VERDICT = '{"rationale":"It says so.","label":"yes"}';
