/** 2026-10-01 09:30:05 (UTC) */
export const shortTime = (us: number): string =>
  new Date(us / 1_000).toISOString().slice(0, 19).replace("T", " ");

/** 450ms, 1.2s, 3m05s, 2h04m */
export function shortDuration(us: number): string {
  const ms = us / 1_000;
  if (ms < 1) return `${ms.toFixed(1)}ms`;
  if (ms < 1_000) return `${Math.round(ms)}ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${String(Math.floor(seconds % 60)).padStart(2, "0")}s`;
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}

/** 950, 1.2k, 3.4M */
export function shortNumber(value: number): string {
  if (Math.abs(value) < 1_000) return String(value);
  if (Math.abs(value) < 1_000_000) return `${(value / 1_000).toFixed(value < 10_000 ? 1 : 0)}k`;
  return `${(value / 1_000_000).toFixed(1)}M`;
}

/** $0.0012, $1.35 */
export const shortMoney = (usd: number): string =>
  `$${usd >= 1 ? usd.toFixed(2) : Number(usd.toPrecision(2))}`;
