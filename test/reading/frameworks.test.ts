import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { DEFAULT_BUDGET } from "../../src/reading/budget.ts";
import { readTrace } from "../../src/reading/trace.ts";
import { buildTranscript } from "../../src/reading/transcript/build.ts";
import { makeBatch } from "../store/fixtures.ts";
import { importSpans, openTestStore } from "./imported.ts";

const FRAMEWORKS = [
  "agno-2025-06-11",
  "beeai-2025-08-01",
  "crewai-2025-07-11",
  "google-adk-2025-08-28",
  "koog-2025-08-26",
  "langgraph-python-2025-08-22",
  "microsoft-agent-2025-12-17",
  "pydantic-ai-2025-06-06",
  "pydantic-ai-tools-2025-12-04",
  "vercel-aisdk-2025-11-17",
];

const Side = z
  .object({
    data: z.array(z.object({ role: z.string().optional(), content: z.unknown().optional() })).optional(),
  })
  .optional();
const Expected = z.record(z.string(), z.object({ input: Side, output: Side }));
const folder = join(process.env["EVALWRIGHT_TEST_DATA"] ?? "", "framework-traces");
const squeeze = (text: string): string => text.replace(/\s+/g, "");

/** What users and assistants say in the published normal form; JSON there is a call or a result, which are rows of tools. */
function textsOf(name: string): string[] {
  const spans = Object.values(
    Expected.parse(JSON.parse(readFileSync(join(folder, `${name}.chatml.json`), "utf8"))),
  );
  const messages = spans.flatMap(({ input, output }) => [...(input?.data ?? []), ...(output?.data ?? [])]);
  const texts = messages.flatMap(({ role, content }) =>
    (role === "user" || role === "assistant") && typeof content === "string" && !/^\s*([[{]|$)/.test(content)
      ? [squeeze(content)]
      : [],
  );
  return [...new Set(texts)];
}

describe.skipIf(!process.env["EVALWRIGHT_TEST_DATA"])("framework traces (needs EVALWRIGHT_TEST_DATA)", () => {
  test.each(FRAMEWORKS)(
    "%s: what was said is in the transcript, each once; the digest shows every span",
    async (name) => {
      const spans = (await importSpans(join("framework-traces", `${name}.trace.json`))).map((span) => ({
        ...span,
        sessionId: "s",
      }));
      const { traces, close } = await openTestStore();
      try {
        await traces.insert([makeBatch(spans)]);
        const said: string[] = [];
        for await (const { role, text } of buildTranscript(traces, "shop", "s"))
          if (role === "user" || role === "assistant") said.push(squeeze(text));
        expect(said.filter((text, i) => said.indexOf(text) !== i)).toEqual([]);
        expect(textsOf(name).filter((text) => !said.includes(text))).toEqual([]);
        const traceId = spans[0]?.traceId ?? "";
        const answer = await readTrace(traces, { projectId: "shop", traceId, budget: DEFAULT_BUDGET });
        expect(answer?.data["spans"]).toEqual({ total: spans.length, alone: spans.length });
        expect(JSON.stringify(answer).length).toBeLessThanOrEqual(DEFAULT_BUDGET);
      } finally {
        await close();
      }
    },
    60_000,
  );
});
