import type { Context } from "../context.ts";
import type { JsonObject } from "../model/json.ts";
import { settledCollector } from "../settled-collector.ts";

/** Lines that make any OpenTelemetry SDK send to this collector and project. */
export function settingsToSend(projectId: string, httpUrl: string | null): string[] {
  const url = httpUrl ?? "http://127.0.0.1:4318";
  return [
    `OTEL_EXPORTER_OTLP_ENDPOINT=${url}`,
    "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    `OTEL_EXPORTER_OTLP_HEADERS=x-evalwright-project=${projectId}`,
  ];
}

/**
 * What an empty answer says instead of nothing: whether this project has any data, which others do, when the
 * last arrived, whether the collector listens, and what to set so that traces come here.
 */
export async function whereDataIs(
  context: Pick<Context, "store" | "project" | "collector">,
  filtered: boolean,
): Promise<JsonObject> {
  const projects = await context.store.records.listProjects();
  const here = projects.find((project) => project.id === context.project.id);
  const others = projects.filter((project) => project.id !== context.project.id && project.traces > 0);
  const tracesHere = here?.traces ?? 0;
  const collector = tracesHere === 0 ? await settledCollector(context) : context.collector();
  return {
    empty: {
      project: context.project.id,
      tracesInProject: tracesHere,
      ...(here?.lastArrivalUs ? { lastArrival: isoSeconds(here.lastArrivalUs) } : {}),
      why:
        tracesHere === 0
          ? "No trace has arrived for this project."
          : filtered
            ? "No trace of this project matches the filter."
            : "This project has traces, but none to list here.",
      ...(others.length > 0
        ? {
            otherProjects: others.slice(0, 8).map((p) => ({
              project: p.id,
              traces: p.traces,
              ...(p.lastArrivalUs ? { lastArrival: isoSeconds(p.lastArrivalUs) } : {}),
            })),
          }
        : {}),
      ...(tracesHere === 0
        ? {
            collector: {
              state: collector.state,
              ...(collector.httpUrl ? { http: collector.httpUrl } : {}),
              ...(collector.grpcUrl ? { grpc: collector.grpcUrl } : {}),
            },
            toSendHere: settingsToSend(context.project.id, collector.httpUrl),
          }
        : {}),
    },
  };
}

/** 2026-10-01T09:30:05Z */
export const isoSeconds = (us: number): string => `${new Date(us / 1_000).toISOString().slice(0, 19)}Z`;
