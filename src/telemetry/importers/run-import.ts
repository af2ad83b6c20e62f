import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "../../errors.ts";
import { pricesFile } from "../../home.ts";
import { createRedactor } from "../../privacy/ingest.ts";
import type { Store, TraceBatch } from "../../store/store.ts";
import { type IngestTools, prepareRaw, prepareSpans } from "../ingest.ts";
import { createPricer } from "../prices.ts";
import type { ImportBatch, Stored } from "./contract.ts";
import { type ImportOptions, importPaths } from "./index.ts";
import type { ImportReport } from "./report.ts";

export interface RunImport extends ImportOptions {
  readonly store: Pick<Store, "traces">;
  readonly projectId: string;
  readonly paths: readonly string[];
}

/**
 * Imports files and folders into a project: what the CLI, the tool and the job all call. The project must exist.
 * @throws AppError `invalid_input` for bad arguments, `unavailable` when the store stays busy or is full.
 */
export async function runImport(options: RunImport): Promise<ImportReport> {
  const { store, projectId, paths, ...rest } = options;
  const redactor = createRedactor();
  const { price } = createPricer({ overrideFile: pricesFile() });
  const sink = async (batch: ImportBatch): Promise<Stored> => {
    const tools: IngestTools = { redactor, price, nowUs: Date.now() * 1000 };
    const prepared = prepare(projectId, batch, tools);
    await insertPatiently(store.traces, prepared, rest.signal);
    return storedOf(prepared);
  };
  const report = await importPaths(paths, sink, rest);
  await store.traces.settle();
  return report;
}

/** Both halves of a batch in one list: the store writes the list as one. */
function prepare(projectId: string, batch: ImportBatch, tools: IngestTools): TraceBatch[] {
  const batches: TraceBatch[] = [];
  if (batch.raw.length > 0 || batch.logs.length > 0) {
    batches.push(prepareRaw(projectId, batch.raw, batch.logs, tools));
  }
  const { spans, media, assessments, sessionTags } = batch;
  if (spans.length + media.length + assessments.length + sessionTags.length > 0) {
    batches.push(prepareSpans(projectId, { spans, media, assessments, sessionTags }, tools));
  }
  return batches;
}

const BUSY_TRIES = 8;

/** Another process may hold the store for a while; what is full stays full. */
async function insertPatiently(
  traces: Store["traces"],
  batches: readonly TraceBatch[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await traces.insert(batches);
      return;
    } catch (error) {
      const isBusy = error instanceof AppError && error.code === "unavailable";
      if (!isBusy || attempt >= BUSY_TRIES || signal?.aborted) throw error;
      await sleep(100 * 2 ** (attempt - 1));
    }
  }
}

function storedOf(batches: readonly TraceBatch[]): Stored {
  const sessionIds = new Set<string>();
  const traceIds = new Set<string>();
  let feedback = 0;
  let spans = 0;
  for (const batch of batches) {
    for (const span of batch.spans) {
      traceIds.add(span.traceId);
      if (span.sessionId !== null) sessionIds.add(span.sessionId);
    }
    for (const item of batch.assessments) if (item.sessionId !== null) sessionIds.add(item.sessionId);
    spans += batch.spans.length;
    feedback += batch.assessments.length;
  }
  return { sessionIds, traceIds, spans, feedback };
}
