import type { Finding, FindingCode } from "../model/finding.ts";
import type { SpanHead, Status } from "../model/span.ts";
import type { TraceSummary } from "../model/trace.ts";
import { Collector, clip, MAX_FACET_CHARS, mergeFindings } from "./rollup-collect.ts";
import { buildForest, byStart, rollUpUsage, type SpanForest } from "./rollup-usage.ts";

/** What a trace's summary is made from: the small fields of its spans. */
export type RollupSpan = Pick<
  SpanHead,
  | "spanId"
  | "parentSpanId"
  | "name"
  | "kind"
  | "startUs"
  | "endUs"
  | "status"
  | "statusMessage"
  | "errorType"
  | "service"
  | "sessionId"
  | "userId"
  | "agentName"
  | "model"
  | "toolName"
  | "usage"
  | "costUsd"
  | "prompts"
  | "release"
  | "commit"
  | "tags"
  | "findings"
>;

/** Reads the text of a span's content: asked for a few spans only, so that roll-ups touch little content. */
export interface PreviewReader<S> {
  /** Text of the last user message that went in, else of the input value. */
  input(span: S): string | null;
  /** Text of the last assistant message that came out, else of the output value. */
  output(span: S): string | null;
}

/** One value by which traces are filtered; `field` as in trace_facet. */
export interface Facet {
  readonly field: string;
  readonly value: string;
}

/** A trace's summary without the ids that the store adds. `sessionId` is what its spans name. */
export interface TraceRollup extends Omit<TraceSummary, "projectId" | "traceId" | "sessionInferred"> {
  readonly facets: readonly Facet[];
}

/** Names kept in a summary; what is over is counted in a finding. Facets keep more. */
const KEPT = { models: 20, tools: 50, prompts: 20, tags: 50 } as const;
/** Spans asked for a preview before it is left empty. */
const PREVIEW_TRIES = 8;

/**
 * The summary of a trace from all of its spans that have arrived, in any order; undefined for none. The same spans
 * give the same summary. Name, status and previews come from the main root: the earliest root that names no
 * parent, else the earliest orphan. `status` is `error` when any root failed. The session is the main root's,
 * else the first that any span names in order of start; so are user, agent, release and commit.
 * `endUs` is the latest end seen, or null while a root has none.
 */
export function rollUpTrace<S extends RollupSpan>(
  unordered: readonly S[],
  previews: PreviewReader<S>,
): TraceRollup | undefined {
  const spans = [...unordered].sort(byStart);
  const forest = buildForest(spans);
  const main = spans[mainRoot(forest)];
  const first = spans[0];
  if (!main || !first) return undefined;
  const usage = rollUpUsage(spans, forest);
  const collected = collect(spans);
  const failed = spans.filter((span) => span.status === "error");
  const firstFailure = forest.roots.map((i) => spans[i]).find((s) => s?.status === "error") ?? failed[0];
  const pick = <K extends "sessionId" | "userId" | "agentName" | "release" | "commit" | "service">(key: K) =>
    main[key] ?? spans.find((span) => span[key] !== null)?.[key] ?? null;
  return {
    name: main.name,
    service: pick("service"),
    startUs: first.startUs,
    endUs: lastEnd(spans, forest),
    status: rootStatus(spans, forest, main),
    sessionId: pick("sessionId"),
    userId: pick("userId"),
    agentName: pick("agentName"),
    models: collected.models.kept(KEPT.models),
    tools: collected.tools.kept(KEPT.tools),
    prompts: [...collected.prompts.values()].slice(0, KEPT.prompts),
    release: pick("release"),
    commit: pick("commit"),
    tags: Object.fromEntries([...collected.tags].slice(0, KEPT.tags)),
    inputPreview: firstPreview(spans, main, previews.input),
    outputPreview: firstPreview([...spans].reverse(), main, previews.output),
    errorPreview: firstFailure ? clip(firstFailure.statusMessage ?? firstFailure.errorType) : null,
    totals: {
      ...usage.usage,
      costUsd: usage.costUsd,
      unpricedCalls: usage.unpricedCalls,
      spans: spans.length,
      llmCalls: usage.llmCalls,
      toolCalls: spans.filter((span) => span.kind === "tool").length,
      errors: failed.length,
      rollupSpans: usage.rollupSpans,
    },
    findings: mergeFindings([...ownFindings(spans), ...structureFindings(forest, collected)]),
    facets: facetsOf(collected),
  };
}

const mainRoot = (forest: SpanForest): number =>
  forest.roots.find((i) => !forest.orphans.has(i)) ?? forest.roots[0] ?? -1;

function lastEnd(spans: readonly RollupSpan[], forest: SpanForest): number | null {
  if (forest.roots.some((i) => spans[i]?.endUs === null)) return null;
  return spans.reduce<number | null>(
    (end, span) => (span.endUs !== null && (end === null || span.endUs > end) ? span.endUs : end),
    null,
  );
}

function rootStatus(spans: readonly RollupSpan[], forest: SpanForest, main: RollupSpan): Status {
  return forest.roots.some((i) => spans[i]?.status === "error") ? "error" : main.status;
}

function firstPreview<S extends RollupSpan>(
  ordered: readonly S[],
  main: S,
  read: (span: S) => string | null,
): string | null {
  const own = clip(read(main));
  if (own !== null) return own;
  // A root that only frames the agent (a run of an evaluation, a request) has it as its child.
  const isFramed = ({ kind, parentSpanId }: S) => kind === "agent" && parentSpanId === main.spanId;
  let tries = 0;
  for (const span of [...ordered.filter(isFramed), ...ordered]) {
    if (span.kind !== "llm" && !isFramed(span)) continue;
    const text = clip(read(span));
    if (text !== null) return text;
    if (++tries === PREVIEW_TRIES) break;
  }
  return null;
}

type Collected = ReturnType<typeof collect>;

function collect(spans: readonly RollupSpan[]) {
  const models = Collector();
  const tools = Collector();
  const agents = Collector();
  const services = Collector();
  const errorTypes = Collector();
  const kinds = Collector();
  const prompts = new Map<string, { name: string; version: string | null }>();
  const tags = new Map<string, string>();
  for (const span of spans) {
    models.add(span.model);
    tools.add(span.toolName);
    agents.add(span.agentName);
    services.add(span.service);
    errorTypes.add(span.errorType);
    kinds.add(span.kind);
    for (const { name, version } of span.prompts) {
      const key = version === null ? name : `${name}@${version}`;
      if (!prompts.has(key)) prompts.set(key, { name, version });
    }
    for (const [key, value] of Object.entries(span.tags)) if (!tags.has(key)) tags.set(key, value);
  }
  const findings = new Set(spans.flatMap((span) => span.findings.map((finding) => finding.code)));
  return { models, tools, agents, services, errorTypes, kinds, prompts, tags, findings };
}

function* ownFindings(spans: readonly RollupSpan[]): Generator<Finding> {
  for (const span of spans) yield* span.findings;
}

function structureFindings(forest: SpanForest, collected: Collected): Finding[] {
  const found: Finding[] = [];
  if (forest.orphans.size > 0) {
    const n = forest.orphans.size;
    found.push({ code: "orphan", detail: `${n} ${n === 1 ? "span" : "spans"} without the parent it names` });
    collected.findings.add("orphan");
  }
  const cut = (what: string, all: number, kept: number) => {
    if (all <= kept) return;
    found.push({ code: "value_too_large", detail: `the summary keeps ${kept} of ${all} ${what}` });
    collected.findings.add("value_too_large" satisfies FindingCode);
  };
  cut("models", collected.models.size, KEPT.models);
  cut("tools", collected.tools.size, KEPT.tools);
  cut("prompts", collected.prompts.size, KEPT.prompts);
  cut("tags", collected.tags.size, KEPT.tags);
  return found;
}

/** Facets kept per field; a trace with more distinct values is found by the first ones only. */
const MAX_FACETS = 500;

function facetsOf(collected: Collected): Facet[] {
  const prompts = new Set<string>();
  for (const [key, { name }] of collected.prompts) prompts.add(name).add(key);
  const fields: [string, Iterable<string>][] = [
    ["model", collected.models.values()],
    ["tool", collected.tools.values()],
    ["agent", collected.agents.values()],
    ["service", collected.services.values()],
    ["prompt", prompts],
    ["error_type", collected.errorTypes.values()],
    ["kind", collected.kinds.values()],
    ["finding", collected.findings],
  ];
  const facets = new Map<string, Facet>();
  const put = (field: string, raw: string) => {
    const value = raw.slice(0, MAX_FACET_CHARS);
    facets.set(`${field}\u0000${value}`, { field, value });
  };
  for (const [field, values] of fields)
    for (const value of [...values].slice(0, MAX_FACETS)) put(field, value);
  for (const [key, value] of [...collected.tags].slice(0, MAX_FACETS)) put(`tag.${key}`, value);
  return [...facets.values()];
}
