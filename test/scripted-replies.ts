import { createHash } from "node:crypto";
import { z } from "zod";
import { Json, type JsonObject } from "../src/model/json.ts";

const delayMs = z.number().min(0).optional();

/** What the scripted endpoint answers: a text, a whole HTTP answer, or something that goes wrong below HTTP. */
export const Reply = z.union([
  z.string(),
  z.strictObject({
    text: z.string().nullable(),
    finishReason: z.string().optional(),
    refusal: z.string().optional(),
    toolCalls: z.array(z.strictObject({ name: z.string(), arguments: Json })).optional(),
    model: z.string().optional(),
    /** As the API names its counts; null leaves them out. */
    usage: z.record(z.string(), Json).nullable().optional(),
    delayMs,
  }),
  z.strictObject({
    status: z.number().int(),
    headers: z.record(z.string(), z.string()).optional(),
    body: Json.optional(),
    delayMs,
  }),
  z.strictObject({ breaks: z.enum(["hang", "reset", "trickle", "cut"]), delayMs }),
]);
export type Reply = z.infer<typeof Reply>;

const Fault = z.strictObject({
  kind: z.enum([
    "rate_limit",
    "server_error",
    "hang",
    "reset",
    "trickle",
    "malformed",
    "truncated",
    "not_json",
    "slow",
  ]),
  /** Share of keys that meet it, 0 to 1. */
  share: z.number().min(0).max(1),
  /** How many of the first requests of such a key. */
  times: z.number().int().min(1).default(1),
  /** Of `rate_limit`; null sends none. */
  retryAfterMs: z.number().min(0).nullable().default(50),
});
export type Fault = z.infer<typeof Fault>;

/** All that a scripted endpoint in a process of its own needs to know. */
export const Script = z.strictObject({
  port: z.number().int().default(0),
  latencyMs: z.number().min(0).default(0),
  /** Each request as a line of JSON, appended when it is over. */
  logFile: z.string().optional(),
  /** What of the body names a call: the first match. Without it, or without a match, the hash of the body. */
  keyPattern: z.string().optional(),
  /** The first whose pattern is found in the messages' text answers; of several replies the key's hash takes one. */
  rules: z.array(z.strictObject({ when: z.string(), reply: z.array(Reply).min(1) })).default([]),
  otherwise: Reply.default("ok"),
  faults: z.array(Fault).default([]),
  seed: z.string().default("seed"),
});
export type Script = z.infer<typeof Script>;

export interface ScriptedRequest {
  /** In order of arrival, from 1. */
  readonly number: number;
  readonly key: string;
  /** How many requests with this key came before. */
  readonly seen: number;
  /** SHA-256 of the body, hex. */
  readonly hash: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: JsonObject;
  /** The texts of all messages, a blank line between. */
  readonly text: string;
}

/** A number in [0, 1) that the texts fix. */
function fraction(...texts: readonly string[]): number {
  return createHash("sha256").update(JSON.stringify(texts)).digest().readUInt32BE(0) / 2 ** 32;
}

export function replyByRules(script: Script, request: ScriptedRequest): Reply {
  const rule = script.rules.find(({ when }) => new RegExp(when, "s").test(request.text));
  if (!rule) return script.otherwise;
  const place = Math.floor(fraction(script.seed, "reply", request.key) * rule.reply.length);
  return rule.reply[place] ?? script.otherwise;
}

/** The fault that this request meets: fixed by seed, key and how often the key was seen, whatever the order of arrival. */
export function faultOf(script: Script, request: ScriptedRequest): Fault | undefined {
  const place = fraction(script.seed, "fault", request.key);
  let from = 0;
  for (const fault of script.faults) {
    if (place >= from && place < from + fault.share) return request.seen < fault.times ? fault : undefined;
    from += fault.share;
  }
  return undefined;
}

/** What is sent instead of `reply`. */
export function spoil(reply: Reply, fault: Fault, latencyMs: number): Reply {
  const text = typeof reply === "string" ? reply : "text" in reply ? (reply.text ?? "") : "";
  const half = text.slice(0, Math.floor(text.length / 2));
  switch (fault.kind) {
    case "rate_limit": {
      const headers: Record<string, string> =
        fault.retryAfterMs === null ? {} : { "retry-after-ms": String(fault.retryAfterMs) };
      return { status: 429, headers, body: { error: { message: "slow down", code: "rate_limit_exceeded" } } };
    }
    case "server_error":
      return { status: 500, body: { error: { message: "the model has fallen over" } } };
    case "malformed":
      return { text: `Let me think. ${half}` };
    case "truncated":
      return { text: half, finishReason: "length" };
    case "not_json":
      return { breaks: "cut" };
    case "slow":
      return { text, delayMs: latencyMs * 10 + 100 };
    default:
      return { breaks: fault.kind };
  }
}
