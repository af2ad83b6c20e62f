import type { CollectorStatus } from "./context.ts";
import { fillPrompt } from "./prompts.ts";

/** Set-up guides: prompts/guides/NAME.md. The titles stand here so that listing reads no file. */
export const GUIDES = [
  {
    name: "opentelemetry-typescript",
    title: "OpenTelemetry, TypeScript",
    description: "Any Node agent: SDK set-up and GenAI spans by hand.",
  },
  {
    name: "opentelemetry-python",
    title: "OpenTelemetry, Python",
    description: "Any Python agent: SDK set-up and GenAI spans by hand.",
  },
  {
    name: "vercel-ai-sdk",
    title: "Vercel AI SDK",
    description: "experimental_telemetry (v5, v6) and @ai-sdk/otel (v7).",
  },
  {
    name: "openai-sdk",
    title: "OpenAI and Anthropic SDKs",
    description: "Auto-instrumentation in TypeScript and Python.",
  },
  {
    name: "langchain",
    title: "LangChain and LangGraph",
    description: "OpenInference or LangSmith's OpenTelemetry export.",
  },
  {
    name: "pydantic-ai",
    title: "Pydantic AI",
    description: "Its own instrumentation, without Logfire's cloud.",
  },
  {
    name: "python-frameworks",
    title: "CrewAI, Google ADK, Agno, OpenAI Agents, DSPy, LlamaIndex",
    description: "OpenInference instrumentors.",
  },
  { name: "claude-code", title: "Claude Code", description: "Traces and events of Claude Code itself." },
  { name: "codex", title: "Codex", description: "Codex's OpenTelemetry log events." },
  {
    name: "target-file",
    title: "Target file",
    description: "How evaluations run the user's agent: agent.yaml, its input and output.",
  },
  {
    name: "prompt-registry",
    title: "Prompts in an application",
    description: "Load prompts of the registry by version or alias, with a local copy to fall back on.",
  },
] as const;

const DEFAULT_URL = "http://127.0.0.1:4318";

/** A guide filled with this collector's addresses and this project, so that its lines can be pasted. */
export function guideText(name: string, projectId: string, collector: CollectorStatus): string | undefined {
  if (!GUIDES.some((guide) => guide.name === name)) return undefined;
  return fillPrompt(`guides/${name}`, {
    endpoint: collector.httpUrl ?? DEFAULT_URL,
    grpc: collector.grpcUrl ?? "http://127.0.0.1:4317",
    project: projectId,
  });
}
