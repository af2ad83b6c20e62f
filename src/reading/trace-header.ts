import type { Answer, Omission } from "../model/answer.ts";
import type { JsonObject } from "../model/json.ts";
import type { TraceSummary } from "../model/trace.ts";
import { sizeOf } from "./budget.ts";
import { compact, factsOf, namesWithin } from "./header.ts";
import { shortId } from "./short.ts";
import type { TreeNode } from "./tree.ts";

export interface TraceHeader {
  readonly data: JsonObject;
  readonly names: JsonObject;
  readonly omitted: readonly Omission[];
  readonly next: NonNullable<Answer["next"]>;
}

/** What stands above a digest: as much as an eighth of the budget holds of names, facts where there is room. */
export function traceHeader(trace: TraceSummary, nodes: readonly TreeNode[], budget: number): TraceHeader {
  const sources = new Set(nodes.flatMap((node) => (node.costUsd === null ? [] : (node.costSource ?? []))));
  const source = sources.size === 1 ? [...sources].join() : sources.size > 1 ? "reported and computed" : null;
  const firstError = nodes.find((node) => node.error !== null);
  const isRoomy = budget >= 2_000;
  const findings = [
    ...new Set(trace.findings.map(({ code, detail }) => `${code}${detail ? `: ${detail}` : ""}`)),
  ];
  const codes = [...new Set(trace.findings.map(({ code }) => code))];
  const names = namesWithin(
    compact({
      name: trace.name,
      session: trace.sessionId,
      agent: trace.agentName && trace.name.includes(trace.agentName) ? null : trace.agentName,
      service: trace.service,
      models: trace.models.join(", "),
      user: trace.userId,
      release: trace.release,
      commit: trace.commit,
      prompts: trace.prompts.map(({ name, version }) => (version ? `${name}@${version}` : name)).join(", "),
      tags: Object.entries(trace.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(", "),
    }),
    Math.floor(budget / 8),
    "search_traces, or get_trace with more maxTokens",
  );
  return {
    data: {
      traceId: trace.traceId,
      ...(isRoomy || budget >= 1_200 ? factsOf(trace, source) : {}),
      ...compact({
        sessionInferred: trace.sessionInferred || undefined,
        findings: (sizeOf(findings) <= budget / 10 ? findings : codes).slice(0, isRoomy ? 20 : 2).join("; "),
      }),
    },
    names: names.fields,
    omitted: names.omitted,
    next:
      firstError && isRoomy
        ? [
            {
              tool: "get_trace",
              arguments: { traceId: trace.traceId, spanId: shortId(firstError.spanId) },
              why: "the first error whole",
            },
          ]
        : [],
  };
}
