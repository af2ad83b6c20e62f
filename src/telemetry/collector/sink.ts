import type { Logger } from "pino";
import type { Finding } from "../../model/finding.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Span } from "../../model/span.ts";
import { createRedactor } from "../../privacy/ingest.ts";
import type { Store } from "../../store/store.ts";
import { type IngestTools, prepareRawCounted } from "../ingest.ts";
import type { RawLog, RawSpan } from "../raw.ts";
import { createUserPricer } from "../user-prices.ts";
import { createProjects, type Placement, type Projects } from "./projects.ts";
import { createWriter } from "./writer.ts";

export interface Sink {
  readonly projects: Projects;
  readonly tools: () => IngestTools;
  /** Resolves when everything is stored; `explicit` is the project that header or path named. */
  accept(
    spans: readonly RawSpan[],
    logs: readonly RawLog[],
    explicit: string | null,
  ): Promise<{ ignoredLogs: number }>;
  /** Resolves when nothing accepted is unwritten. */
  drain(): Promise<void>;
}

interface Group {
  readonly spans: RawSpan[];
  readonly logs: RawLog[];
}

/** Decoded telemetry -> its project -> prepared -> stored. */
export function createSink(store: Store, log: Logger): Sink {
  const projects = createProjects(store.records);
  const writer = createWriter(store.traces);
  const redactor = createRedactor();
  const pricer = createUserPricer((problem) => log.warn({ problem }, "the price file is not used"));
  const tools = (): IngestTools => ({ redactor, price: pricer.price, nowUs: Date.now() * 1000 });
  return {
    projects,
    tools,
    drain: writer.drain,
    async accept(spans, logs, explicit) {
      const groups = await groupByPlacement(spans, logs, explicit, projects);
      const prepared = [...groups].map(([placement, group]) => prepareGroup(placement, group, tools()));
      if (prepared.length > 0) await writer.write(prepared.map(({ batch }) => batch));
      return { ignoredLogs: prepared.reduce((sum, { ignoredLogs }) => sum + ignoredLogs, 0) };
    },
  };
}

function prepareGroup(placement: Placement, group: Group, tools: IngestTools) {
  const prepared = prepareRawCounted(placement.projectId, group.spans, group.logs, tools);
  if (!placement.badAttribute) return prepared;
  return { ...prepared, batch: { ...prepared.batch, spans: prepared.batch.spans.map(withBadProject) } };
}

const BAD_PROJECT: Finding = {
  code: "bad_attribute",
  detail: "evalwright.project is not the name of a project",
};

const withBadProject = (span: Span): Span => ({ ...span, findings: [...span.findings, BAD_PROJECT] });

/** Items of one resource object share a placement; placements of one project and kind are made one. */
async function groupByPlacement(
  spans: readonly RawSpan[],
  logs: readonly RawLog[],
  explicit: string | null,
  projects: Projects,
): Promise<ReadonlyMap<Placement, Group>> {
  const byResource = new Map<JsonObject, Group>();
  const byKey = new Map<string, { placement: Placement; group: Group }>();
  const groupOf = async (resource: JsonObject): Promise<Group> => {
    const cached = byResource.get(resource);
    if (cached) return cached;
    const placement = await projects.place(resource, explicit);
    const key = `${placement.badAttribute} ${placement.projectId}`;
    const entry = byKey.get(key) ?? { placement, group: { spans: [], logs: [] } };
    byKey.set(key, entry);
    byResource.set(resource, entry.group);
    return entry.group;
  };
  for (const span of spans) (await groupOf(span.resource)).spans.push(span);
  for (const log of logs) (await groupOf(log.resource)).logs.push(log);
  return new Map([...byKey.values()].map(({ placement, group }) => [placement, group]));
}
