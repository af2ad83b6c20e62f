import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isJsonObject, Json, type JsonObject } from "../../../src/model/json.ts";
import type { Message } from "../../../src/model/message.ts";
import { Span } from "../../../src/model/span.ts";
import { normalizeSpan } from "../../../src/telemetry/conventions/index.ts";
import { arrivedUs, rawSpan } from "./raw.ts";

const root = process.env["EVALWRIGHT_TEST_DATA"];
const folder = root ? join(root, "framework-traces") : "";

const Side = z.object({ success: z.boolean(), data: Json.optional() }).optional();
const Expected = z.record(z.string(), z.object({ input: Side, output: Side }));
const Observation = z.looseObject({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  parentObservationId: z.string().nullish(),
  input: Json.optional(),
  output: Json.optional(),
  metadata: Json.optional(),
});
const Trace = z.object({ observations: z.array(Observation) });

interface Said {
  role: string;
  text: string;
  calls: { name: string; arguments: Json }[];
}

const parsed = (text: string): Json => {
  try {
    return Json.parse(JSON.parse(text));
  } catch {
    return text;
  }
};
const objectOf = (value: Json | undefined): JsonObject => {
  const read = typeof value === "string" ? parsed(value) : value;
  return isJsonObject(read) ? read : {};
};
const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** Formatting does not count: JSON is compared as JSON, texts without their outer space. */
const canonical = (text: string): string => {
  const value = parsed(text);
  return typeof value === "string" ? value.trim() : JSON.stringify(value);
};

const ROLES: Record<string, string> = {
  model: "assistant",
  developer: "system",
  ai: "assistant",
  human: "user",
};

function textIn(value: Json | undefined): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    const texts = value.map((item) =>
      isJsonObject(item) && typeof item["text"] === "string" ? item["text"] : null,
    );
    return texts.every((text) => text !== null) ? texts.join("") : JSON.stringify(value);
  }
  return value === undefined || value === null ? "" : JSON.stringify(value);
}

/** What the expected data says: `json` holds what its producer could not place, for BeeAI the text itself. */
function expectedSaid(item: Json): Said | null {
  const message = objectOf(item);
  const role = message["role"];
  const rest = objectOf(message["json"]);
  const choice = objectOf(rest["message"]);
  const said = typeof role === "string" ? message : typeof choice["role"] === "string" ? choice : null;
  if (!said) return null;
  return {
    role: ROLES[String(said["role"])] ?? String(said["role"]),
    text: canonical(textIn(said["content"] ?? rest["text"])),
    calls: listOf(said["tool_calls"]).map((call) => ({
      name: String(objectOf(call)["name"]),
      arguments: objectOf(objectOf(call)["arguments"]),
    })),
  };
}

/** The expected data has one message for each result; sources group them. */
function oneResultEach(message: Message): Message[] {
  return message.role === "tool" ? message.parts.map((part) => ({ role: "tool", parts: [part] })) : [message];
}

function ourSaid(message: Message): Said {
  const text = message.parts.map((part) =>
    part.type === "text" || part.type === "reasoning"
      ? part.text
      : part.type === "tool_result"
        ? textIn(part.result)
        : "",
  );
  return {
    role: message.role,
    text: canonical(text.join("")),
    calls: message.parts.flatMap((part) =>
      part.type === "tool_call" ? [{ name: part.name, arguments: part.arguments }] : [],
    ),
  };
}

/** Koog writes calls as the text of a message of role tool or assistant; ours are calls. */
function callsFromText(said: Said): Said {
  const list = parsed(said.text);
  if (!Array.isArray(list) || !list.every((call) => isJsonObject(call) && isJsonObject(call["function"])))
    return said;
  const calls = list.map((call) => objectOf(objectOf(call)["function"]));
  return {
    role: "assistant",
    text: "",
    calls: calls.map((call) => ({ name: String(call["name"]), arguments: objectOf(call["arguments"]) })),
  };
}

/** Gemini has results under role user: what differs only in that is the same. */
const sameRole = (expected: Said, ours: Said): Said =>
  expected.role === "user" && ours.role === "tool" && expected.text === ours.text
    ? { ...expected, role: "tool" }
    : expected;

function load(name: string) {
  const trace = Trace.parse(JSON.parse(readFileSync(join(folder, `${name}.trace.json`), "utf8")));
  const expected = Expected.parse(JSON.parse(readFileSync(join(folder, `${name}.chatml.json`), "utf8")));
  return trace.observations.map((observation) => {
    const metadata = objectOf(observation.metadata);
    const scope = objectOf(metadata["scope"]);
    const attributes: JsonObject = { ...objectOf(metadata["attributes"]) };
    if (["GENERATION", "TOOL", "AGENT"].includes(observation.type)) {
      attributes["langfuse.observation.type"] = observation.type.toLowerCase();
    }
    // The exporter moved content attributes that it knew into these two fields.
    if (observation.input != null) attributes["langfuse.observation.input"] = observation.input;
    if (observation.output != null) attributes["langfuse.observation.output"] = observation.output;
    const raw = rawSpan(attributes, {
      name: observation.name,
      resource: objectOf(metadata["resourceAttributes"]),
      scope: { name: String(scope["name"] ?? ""), version: String(scope["version"] ?? "") },
    });
    const { span } = normalizeSpan(raw, { arrivedUs });
    return { observation, span, expected: expected[observation.id] };
  });
}

/** Sides that are compared in each trace: a change here says that something is compared no more. */
const COMPARED: Record<string, number> = {
  "agno-2025-06-11": 2,
  "beeai-2025-08-01": 8,
  "crewai-2025-07-11": 1,
  "google-adk-2025-08-28": 7,
  "koog-2025-08-26": 4,
  "langgraph-python-2025-08-22": 15,
  "microsoft-agent-2025-12-17": 6,
  "pydantic-ai-2025-06-06": 3,
  "pydantic-ai-tools-2025-12-04": 8,
  "vercel-aisdk-2025-11-17": 3,
};

describe.skipIf(!root)("framework traces (needs EVALWRIGHT_TEST_DATA)", () => {
  const names = root
    ? readdirSync(folder)
        .filter((file) => file.endsWith(".trace.json"))
        .map((file) => file.replace(".trace.json", ""))
    : [];

  it.each(names)("%s gives the expected conversations", (name) => {
    let compared = 0;
    for (const { observation, span, expected } of load(name)) {
      expect(Span.safeParse(span).error).toBeUndefined();
      for (const side of ["input", "output"] as const) {
        const data = expected?.[side];
        if (!data?.success) continue;
        const said = listOf(data.data).map(expectedSaid);
        if (said.length === 0 || said.some((one) => one === null)) continue;
        const { inputMessages, outputMessages } = span.content;
        // The whole run of an agent is its output there, with us what it was asked and what it answered.
        const isRun = side === "output" && said[0]?.role === "system";
        const messages =
          side === "input"
            ? inputMessages
            : [...(isRun ? (inputMessages ?? []) : []), ...(outputMessages ?? [])];
        const ours = messages?.flatMap(oneResultEach).map(ourSaid);
        const wanted = said.flatMap((one, i) =>
          one ? [sameRole(callsFromText(one), ours?.[i] ?? one)] : [],
        );
        expect.soft(ours, `${observation.name} ${observation.id} ${side}`).toEqual(wanted);
        compared += 1;
      }
    }
    expect(compared).toBe(COMPARED[name]);
  });
});
