import { createHash } from "node:crypto";
import type { JsonObject } from "../../../model/json.ts";
import type { Part } from "../../../model/message.ts";
import type { Found } from "./context.ts";
import { firstObject, firstText, firstValue, own } from "./fields.ts";

type MediaPart = Extract<Part, { type: "media" }>;
type Modality = MediaPart["modality"];

const DATA_URL = /^data:([^;,]{0,127})((?:;[^;,]{0,127}){0,8}),/;
const BASE64 = /^[A-Za-z0-9+/_=\s-]*$/;

const DEFAULT_TYPE: Record<Modality, string> = {
  image: "image/png",
  audio: "audio/wav",
  video: "video/mp4",
  file: "application/octet-stream",
};

/** The modality that a MIME type, or a word such as `image_url`, begins with. */
export function modalityOf(...names: readonly (string | undefined)[]): Modality {
  for (const name of names) {
    const word = name?.toLowerCase() ?? "";
    if (word.includes("image")) return "image";
    if (word.includes("audio")) return "audio";
    if (word.includes("video")) return "video";
  }
  return "file";
}

/** Bytes leave the message: kept in `found.media`, referenced by the first 32 hex digits of their SHA-256. */
export function storeBytes(data: Uint8Array, mimeType: string, modality: Modality, found: Found): MediaPart {
  const hash = createHash("sha256").update(data).digest("hex").slice(0, 32);
  if (!found.media.has(hash)) found.media.set(hash, { hash, mimeType, data });
  return { type: "media", modality, ref: { hash, mimeType, bytes: data.length }, uri: null };
}

/** A data URL or base64 text as stored bytes, a URL or file id as a reference. */
export function mediaFrom(
  text: string,
  options: { mimeType?: string | undefined; modality: Modality; inline: boolean },
  found: Found,
): MediaPart | null {
  const header = text.startsWith("data:") ? DATA_URL.exec(text.slice(0, 2048)) : null;
  if (header) {
    const mimeType = header[1] || options.mimeType || "text/plain";
    const body = text.slice(header[0].length);
    const bytes = header[2]?.includes(";base64")
      ? Buffer.from(body, "base64")
      : Buffer.from(decodePercent(body));
    return storeBytes(bytes, mimeType, modalityOf(mimeType, options.modality), found);
  }
  if (!options.inline)
    return { type: "media", modality: options.modality, ref: null, uri: text.slice(0, 4096) };
  if (!BASE64.test(text)) return null;
  const mimeType = options.mimeType ?? DEFAULT_TYPE[options.modality];
  return storeBytes(Buffer.from(text, "base64"), mimeType, options.modality, found);
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const INLINE_KEYS = ["data", "content", "base64", "file_data", "bytes"] as const;
const REFERENCE_KEYS = ["url", "uri", "file_id", "fileId", "file_uri", "fileUri", "id"] as const;
const NESTED_KEYS = [
  "source",
  "image_url",
  "input_audio",
  "inlineData",
  "inline_data",
  "fileData",
  "file_data",
  "file",
  "image",
  "audio",
  "video",
  "document",
  "data",
] as const;

/**
 * A media part of any dialect: OTel blob, uri and file; OpenAI image_url, input_audio and file; Anthropic image and
 * document sources; Gemini inlineData and fileData; AI SDK image and file; Bedrock image.source.bytes; MCP image.
 */
export function parseMedia(part: JsonObject, type: string, found: Found, depth = 0): MediaPart | null {
  const mimeType =
    firstText(part, "mimeType", "mime_type", "mediaType", "media_type") ?? formatType(part, type);
  const modality = modalityOf(firstText(part, "modality"), mimeType, type);
  const inline = firstText(part, ...INLINE_KEYS);
  if (inline !== undefined) {
    // AI SDK puts a URL where bytes may be.
    const isUrl = /^https?:\/\//.test(inline.slice(0, 8));
    return mediaFrom(inline, { mimeType, modality, inline: !isUrl }, found);
  }
  const nested = depth < 4 ? firstValue(part, ...NESTED_KEYS) : undefined;
  if (typeof nested === "string") {
    const inlineImage = !/^(https?:|data:|gs:|s3:)/.test(nested.slice(0, 8)) && nested.length > 256;
    return mediaFrom(nested, { mimeType, modality, inline: inlineImage }, found);
  }
  const bytes = bufferBytes(part);
  if (bytes) return storeBytes(bytes, mimeType ?? DEFAULT_TYPE[modality], modality, found);
  const inner = depth < 4 ? firstObject(part, ...NESTED_KEYS) : undefined;
  if (inner) return parseMedia(inner, mimeType ?? type, found, depth + 1);
  const reference = firstText(part, ...REFERENCE_KEYS);
  return reference === undefined ? null : mediaFrom(reference, { mimeType, modality, inline: false }, found);
}

function formatType(part: JsonObject, type: string): string | undefined {
  const format = firstText(part, "format");
  if (format === undefined || format.length > 20) return undefined;
  const kind = modalityOf(type);
  return kind === "file" ? undefined : `${kind}/${format}`;
}

/** A Node Buffer as JSON.stringify writes it: `{type: "Buffer", data: [137, 80, ...]}`. */
function bufferBytes(part: JsonObject): Uint8Array | null {
  const data = own(part, "type") === "Buffer" ? own(part, "data") : undefined;
  if (!Array.isArray(data)) return null;
  const bytes = Uint8Array.from(data, (byte) => (typeof byte === "number" ? byte : 0));
  return bytes.length > 0 ? bytes : null;
}
