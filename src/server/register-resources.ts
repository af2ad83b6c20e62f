import { type McpServer, ResourceTemplate } from "@modelcontextprotocol/server";
import { type App, contextFor } from "../app/app.ts";
import { AppError, notFound } from "../errors.ts";
import { GUIDES, guideText } from "../guides.ts";
import type { Answer } from "../model/answer.ts";
import { DEFAULT_BUDGET } from "../reading/budget.ts";
import { settledCollector } from "../settled-collector.ts";

/** UTF-16 units: more than a prompt may have. */
const LONGEST_PROMPT = 5_000_000;

const IDLE = { signal: new AbortController().signal, progress: () => undefined };

async function json(uri: URL, answer: Answer) {
  const { renderAnswer } = await import("../app/call-tool.ts");
  return {
    contents: [{ uri: uri.href, mimeType: "application/json", text: JSON.stringify(renderAnswer(answer)) }],
  };
}

const variable = (value: string | string[] | undefined): string =>
  decodeURIComponent((Array.isArray(value) ? value[0] : value) ?? "");

async function traceResource(app: App, id: string): Promise<Answer> {
  const context = await contextFor(app, undefined, IDLE);
  const { openTrace } = await import("../reading/sealed.ts");
  const { readTrace } = await import("../reading/trace.ts");
  const opened = await openTrace(context, id);
  if (opened && "sealed" in opened) return opened.sealed;
  const answer =
    opened &&
    (await readTrace(context.store.traces, {
      projectId: context.project.id,
      traceId: opened.item.traceId,
      budget: DEFAULT_BUDGET,
    }));
  if (!answer) throw notFound("trace", id, "search_traces lists ids.");
  return answer;
}

async function sessionResource(app: App, id: string): Promise<Answer> {
  const context = await contextFor(app, undefined, IDLE);
  const { openSession } = await import("../reading/sealed.ts");
  const { readSession } = await import("../reading/session.ts");
  const opened = await openSession(context, id);
  if (opened && "sealed" in opened) return opened.sealed;
  const answer =
    opened &&
    (await readSession(context.store.traces, {
      projectId: context.project.id,
      sessionId: opened.item.sessionId,
      budget: DEFAULT_BUDGET,
    }));
  if (!answer) throw notFound("session", id, "search_traces lists ids.");
  return answer;
}

/** A prompt whole: its text is cleaned and redacted like all that others wrote, but not cut. */
async function promptResource(app: App, uri: URL, reference: string) {
  const context = await contextFor(app, undefined, IDLE);
  const { findPrompt } = await import("../registry/find.ts");
  const { untrusted } = await import("../privacy/present.ts");
  const { name, version, hash, content } = await findPrompt(context, reference);
  const shown = untrusted(JSON.parse(JSON.stringify(content)), { maxChars: LONGEST_PROMPT });
  const text = JSON.stringify({ prompt: `${name}@${version}`, hash, untrusted: shown });
  return { contents: [{ uri: uri.href, mimeType: "application/json", text }] };
}

/** The newest version of each prompt, and where aliases stand, for hosts that list what can be mentioned. */
async function promptList(app: App) {
  const { listPromptReferences } = await import("../registry/show.ts");
  const context = await contextFor(app, undefined, IDLE);
  const resources = (await listPromptReferences(context)).map(({ reference, title }) => ({
    uri: `evalwright://prompt/${reference}`,
    name: reference,
    title,
    mimeType: "application/json",
  }));
  return { resources };
}

/** Traces, sessions, prompts and set-up guides by URI, for hosts whose people mention them with @. */
export function registerResources(server: McpServer, app: App): void {
  server.registerResource(
    "trace",
    new ResourceTemplate("evalwright://trace/{traceId}", { list: undefined }),
    { title: "One trace", description: "The digest that get_trace shows.", mimeType: "application/json" },
    async (uri, { traceId }) => json(uri, await traceResource(app, variable(traceId))),
  );
  server.registerResource(
    "session",
    new ResourceTemplate("evalwright://session/{sessionId}", { list: undefined }),
    {
      title: "One conversation",
      description: "The transcript that get_session shows.",
      mimeType: "application/json",
    },
    async (uri, { sessionId }) => json(uri, await sessionResource(app, variable(sessionId))),
  );
  server.registerResource(
    "prompt",
    new ResourceTemplate("evalwright://prompt/{+reference}", { list: () => promptList(app) }),
    {
      title: "One prompt",
      description: "NAME@VERSION, NAME@ALIAS or NAME: template, variables and settings.",
      mimeType: "application/json",
    },
    async (uri, { reference }) => promptResource(app, uri, variable(reference)),
  );
  for (const guide of GUIDES) {
    const uri = `evalwright://guide/${guide.name}`;
    server.registerResource(
      `guide-${guide.name}`,
      uri,
      { title: guide.title, description: guide.description, mimeType: "text/markdown" },
      async () => {
        const text = guideText(guide.name, app.project.id, await settledCollector(app));
        if (text === undefined) throw new AppError("not_found", "No such guide");
        return { contents: [{ uri, mimeType: "text/markdown", text }] };
      },
    );
  }
}
