import { z } from "zod";
import { Json } from "./json.ts";

/** How a part says that its bytes are stored apart: `hash` is the SHA-256 of the bytes, hex, first 32 digits. */
export const MediaRef = z.object({
  hash: z.string(),
  mimeType: z.string(),
  bytes: z.number().int(),
});
export type MediaRef = z.infer<typeof MediaRef>;

const text = z.object({ type: z.literal("text"), text: z.string() });
const reasoning = z.object({ type: z.literal("reasoning"), text: z.string() });
const toolCall = z.object({
  type: z.literal("tool_call"),
  id: z.string().nullable(),
  name: z.string(),
  /** Parsed where it was valid JSON, else the text as it came. */
  arguments: Json,
});
const toolResult = z.object({
  type: z.literal("tool_result"),
  id: z.string().nullable(),
  name: z.string().nullable(),
  result: Json,
  isError: z.boolean().optional(),
});
const media = z.object({
  type: z.literal("media"),
  modality: z.enum(["image", "audio", "video", "file"]),
  /** Bytes that came inline and were stored by content hash. */
  ref: MediaRef.nullable(),
  /** Where the bytes are when they were only referenced: a URL or a provider's file id. */
  uri: z.string().nullable(),
});
/** History that the agent replaced by a summary. */
const compaction = z.object({ type: z.literal("compaction"), text: z.string() });
/** A part of a kind that we do not know: kept whole. */
const other = z.object({ type: z.literal("other"), kind: z.string(), value: Json });

/**
 * One part of a message. The shape follows the OpenTelemetry GenAI message schema
 * (https://github.com/open-telemetry/semantic-conventions-genai), with its variants made one.
 */
export const Part = z.discriminatedUnion("type", [
  text,
  reasoning,
  toolCall,
  toolResult,
  media,
  compaction,
  other,
]);
export type Part = z.infer<typeof Part>;

export const Role = z.enum(["system", "user", "assistant", "tool"]);
export type Role = z.infer<typeof Role>;

export const Message = z.object({
  role: Role,
  parts: z.array(Part),
  /** Participant's name, where the source names one (multi-agent chats). */
  name: z.string().optional(),
});
export type Message = z.infer<typeof Message>;

/** Bytes that came inline in a message; the store keeps them once, by content hash. */
export interface MediaItem {
  readonly hash: string;
  readonly mimeType: string;
  readonly data: Uint8Array;
}
