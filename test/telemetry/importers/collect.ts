import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Assessment } from "../../../src/model/assessment.ts";
import type { Message } from "../../../src/model/message.ts";
import type { Span } from "../../../src/model/span.ts";
import type { SessionTags } from "../../../src/store/store.ts";
import { normalizeSpan } from "../../../src/telemetry/conventions/index.ts";
import type { ImportBatch } from "../../../src/telemetry/importers/contract.ts";
import { type ImportOptions, importPaths } from "../../../src/telemetry/importers/index.ts";
import type { ImportReport } from "../../../src/telemetry/importers/report.ts";
import { normalizeLogs } from "../../../src/telemetry/logs/index.ts";

export interface Collected {
  readonly report: ImportReport;
  readonly spans: Span[];
  readonly assessments: Assessment[];
  readonly sessionTags: SessionTags[];
  readonly batches: number;
}

const context = { arrivedUs: 1_790_000_000_000_000 };

/** Imports paths into memory instead of a store. */
export async function collect(paths: readonly string[], options: ImportOptions = {}): Promise<Collected> {
  const spans: Span[] = [];
  const assessments: Assessment[] = [];
  const sessionTags: SessionTags[] = [];
  let batches = 0;
  const sink = async (batch: ImportBatch) => {
    batches++;
    const logs = normalizeLogs(batch.logs, context);
    const found = [
      ...batch.spans,
      ...batch.raw.map((raw) => normalizeSpan(raw, context).span),
      ...logs.spans,
    ];
    spans.push(...found);
    assessments.push(...batch.assessments, ...logs.assessments);
    sessionTags.push(...batch.sessionTags);
    return {
      traceIds: found.map((span) => span.traceId),
      sessionIds: found.flatMap((span) => span.sessionId ?? []),
      spans: found.length,
      feedback: batch.assessments.length,
    };
  };
  const report = await importPaths(paths, sink, options);
  return { report, spans, assessments, sessionTags, batches };
}

export const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "evalwright-import-"));

/** Writes one file into a folder of its own and imports it. */
export async function collectFile(
  content: string | Uint8Array,
  name = "input",
  options: ImportOptions = {},
): Promise<Collected> {
  const path = join(await newFolder(), name);
  await writeFile(path, content);
  return await collect([path], options);
}

export const jsonl = (...rows: readonly unknown[]): string =>
  `${rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))).join("\n")}\n`;

/** The words of messages, each after its role. */
export const said = (messages: readonly Message[] | null): string[] =>
  (messages ?? []).map(
    (message) =>
      `${message.role}: ${message.parts
        .map((part) => {
          if (part.type === "tool_call") return `call ${part.name}`;
          if (part.type === "tool_result") return `result ${JSON.stringify(part.result)}`;
          return "text" in part
            ? part.type === "text"
              ? part.text
              : `${part.type} ${part.text}`
            : part.type;
        })
        .join(" + ")}`,
  );

export const ofKind = (spans: readonly Span[], kind: Span["kind"]): Span[] =>
  spans.filter((span) => span.kind === kind).sort((left, right) => left.startUs - right.startUs);

export function only<T>(items: readonly T[]): T {
  const [first] = items;
  if (first === undefined || items.length !== 1) throw new Error(`expected one item, found ${items.length}`);
  return first;
}
