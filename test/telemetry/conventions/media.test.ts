import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Json } from "../../../src/model/json.ts";
import { newFound, parseMessages } from "../../../src/telemetry/conventions/index.ts";

describe("media", () => {
  const bytes = Buffer.from("89504e470d0a1a0a", "hex");
  const base64 = bytes.toString("base64");
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 32);

  it.each<[string, Json]>([
    ["OTel blob", { type: "blob", modality: "image", mime_type: "image/png", content: base64 }],
    ["OpenAI image_url", { type: "image_url", image_url: { url: `data:image/png;base64,${base64}` } }],
    ["OpenAI input_image", { type: "input_image", image_url: `data:image/png;base64,${base64}` }],
    ["Anthropic", { type: "image", source: { type: "base64", media_type: "image/png", data: base64 } }],
    ["Gemini", { inlineData: { mimeType: "image/png", data: base64 } }],
    ["AI SDK image", { type: "image", image: `data:image/png;base64,${base64}` }],
    ["AI SDK file", { type: "file", mediaType: "image/png", data: { type: "data", data: base64 } }],
    ["a Node buffer", { type: "file", mediaType: "image/png", data: { type: "Buffer", data: [...bytes] } }],
    ["pydantic-ai", { type: "binary", media_type: "image/png", content: base64 }],
    ["MCP", { type: "image", mimeType: "image/png", data: base64 }],
    [
      "OpenInference",
      { message_content: { type: "image", image: { image: { url: `data:image/png;base64,${base64}` } } } },
    ],
  ])("inline bytes leave the message: %s", (_, part) => {
    const found = newFound();
    const messages = parseMessages([{ role: "user", content: [part] }], found);
    expect(messages?.[0]?.parts).toEqual([
      { type: "media", modality: "image", ref: { hash, mimeType: "image/png", bytes: 8 }, uri: null },
    ]);
    expect([...found.media.values()].map((item) => [item.hash, Buffer.from(item.data)])).toEqual([
      [hash, bytes],
    ]);
  });

  it.each<[Json, string, string]>([
    [{ type: "image_url", image_url: { url: "https://a.test/x.png" } }, "image", "https://a.test/x.png"],
    [{ type: "uri", modality: "video", uri: "gs://bucket/x.mp4" }, "video", "gs://bucket/x.mp4"],
    [{ type: "file", modality: "audio", file_id: "file-1" }, "audio", "file-1"],
    [{ fileData: { mimeType: "audio/mp3", fileUri: "gs://b/a.mp3" } }, "audio", "gs://b/a.mp3"],
    [{ type: "document", source: { type: "file", file_id: "file_2" } }, "file", "file_2"],
    [
      { type: "file", mediaType: "application/pdf", data: "https://a.test/x.pdf" },
      "file",
      "https://a.test/x.pdf",
    ],
  ])("references stay references (%#)", (part, modality, uri) => {
    const found = newFound();
    expect(parseMessages([{ role: "user", content: [part] }], found)?.[0]?.parts).toEqual([
      { type: "media", modality, ref: null, uri },
    ]);
    expect(found.media.size).toBe(0);
  });

  it("is taken out of tool results, and audio knows its format", () => {
    const found = newFound();
    const messages = parseMessages(
      [
        { role: "user", content: [{ type: "input_audio", input_audio: { data: base64, format: "mp3" } }] },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "a",
              content: [{ type: "image", source: { type: "base64", media_type: "image/png", data: base64 } }],
            },
          ],
        },
      ],
      found,
    );
    expect(JSON.stringify(messages)).not.toContain(base64);
    expect(messages?.[0]?.parts[0]).toMatchObject({ modality: "audio", ref: { mimeType: "audio/mp3" } });
    expect(found.media.size).toBe(1);
  });
});
