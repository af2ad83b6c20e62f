import type { Finding } from "../model/finding.ts";
import type { Span } from "../model/span.ts";

/** Counts by rule name of the credentials that were removed. */
export type Found = Record<string, number>;

export function addFound(into: Found, found: Found): void {
  for (const rule in found) into[rule] = (into[rule] ?? 0) + (found[rule] ?? 0);
}

/** The span with a finding that says which credentials were taken out of it, or as it was when none were. */
export function withCredentialFinding(span: Span, found: Found): Span {
  const rules = Object.entries(found);
  if (rules.length === 0) return span;
  const detail = rules.map(([rule, count]) => `${rule} ${count}`).join(", ");
  const finding: Finding = { code: "credential_redacted", detail };
  return { ...span, findings: [...span.findings, finding] };
}
