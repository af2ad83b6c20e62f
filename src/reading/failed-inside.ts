/** Of whole runs; `span(status = error)` finds steps already. */
const STATUS = /\bstatus\s*=\s*"?error"?(?![\w"])/gi;

export const FAILED_INSIDE = "no run failed as a whole; in these a step inside failed";

/**
 * The filter with failed steps inside in place of failed runs: an agent that goes on after a tool failed is no failed
 * run. Undefined for a filter that does not ask for failed runs, or that looks at spans by itself.
 */
export function insteadOfStatus(filter: string): string | undefined {
  const inside = /\bspan\s*\(|[.]\s*status\b/i.test(filter)
    ? filter
    : filter.replaceAll(STATUS, "errors > 0");
  return inside === filter ? undefined : inside;
}
