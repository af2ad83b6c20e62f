import { AppError } from "../../errors.ts";
import { decodeLogsRequest, decodeTraceRequest } from "../otlp/decode.ts";
import type { ListMemory } from "../otlp/list-memory.ts";
import type { Rejected } from "../otlp/rejected.ts";
import type { Encoding } from "../otlp/request.ts";
import type { SignalName } from "../otlp/respond.ts";
import type { Activity } from "./activity.ts";
import type { Sink } from "./sink.ts";
import type { Turns } from "./turns.ts";

interface Receiver {
  readonly sink: Sink;
  readonly activity: Activity;
  readonly turns: Turns;
  readonly lists: ListMemory;
}

const NOTHING: Rejected = { count: 0, reasons: {} };

/**
 * One export request of either protocol: resolves once everything in it that can be is stored, with what could
 * not. Metrics are accepted and dropped, so that exporters which always send them do not report errors.
 */
export async function receiveExport(
  signal: SignalName,
  body: Uint8Array,
  encoding: Encoding,
  project: string | null,
  services: Receiver,
): Promise<Rejected> {
  const explicit = project === null ? null : await services.sink.projects.named(project);
  if (signal === "metrics") return NOTHING;
  return services.turns.run(body.byteLength, () => store(signal, body, encoding, explicit, services));
}

async function store(
  signal: "traces" | "logs",
  body: Uint8Array,
  encoding: Encoding,
  explicit: string | null,
  { sink, activity, lists }: Receiver,
): Promise<Rejected> {
  if (signal === "traces") {
    const { spans, rejected } = decodeTraces(body, encoding, activity, lists);
    await sink.accept(spans, [], explicit);
    activity.count("spans", spans.length);
    activity.count("rejected", rejected.count);
    return rejected;
  }
  const { logs, rejected } = decodeLogsRequest(body, encoding);
  const { ignoredLogs } = await sink.accept([], logs, explicit);
  activity.count("logs", logs.length);
  activity.count("logsIgnored", ignoredLogs);
  activity.count("rejected", rejected.count);
  return rejected;
}

function decodeTraces(body: Uint8Array, encoding: Encoding, activity: Activity, lists: ListMemory) {
  try {
    return decodeTraceRequest(body, encoding, lists);
  } catch (error) {
    if (error instanceof AppError && error.hint.includes("/v1/logs")) activity.hint("logs_as_spans");
    throw error;
  }
}
