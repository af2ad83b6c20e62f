/**
 * How long an answer asks to wait, in milliseconds: `retry-after-ms` (OpenAI, Azure), else `Retry-After` in seconds or
 * as a date (RFC 9110, 10.2.3). Null when it does not ask, or not in a form that can be read.
 */
export function retryAfterMs(header: (name: string) => string | null, nowMs: number): number | null {
  const ms = numberOf(header("retry-after-ms"));
  if (ms !== null) return ms;
  const text = header("retry-after");
  const seconds = numberOf(text);
  if (seconds !== null) return seconds * 1_000;
  const date = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

const numberOf = (text: string | null): number | null =>
  text !== null && /^\s*\d{1,12}(\.\d{1,9})?\s*$/.test(text) ? Number(text) : null;
