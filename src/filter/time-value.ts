const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Milliseconds of each unit of time; a month has no fixed length and is no unit. */
export const UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", MINUTE_MS],
  ["h", HOUR_MS],
  ["d", DAY_MS],
  ["w", 7 * DAY_MS],
]);

const AMOUNT = /^(\d+(?:\.\d+)?(?:e[+-]?\d+)?)([a-z]+)$/i;
const RELATIVE = /^-?(.+?)(?:\s+ago)?$/i;
const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/** Milliseconds of `10s`, `1.5h`; undefined when it is not an amount with a unit. */
export function parseDuration(text: string): number | undefined {
  const found = AMOUNT.exec(text);
  const unit = UNITS.get(found?.[2]?.toLowerCase() ?? "");
  if (!found || unit === undefined) return text === "0" ? 0 : undefined;
  const amount = Number(found[1]) * unit;
  return Number.isFinite(amount) ? amount : undefined;
}

const offsetMinutes = (zone: string | undefined): number => {
  if (zone === undefined || zone.toUpperCase() === "Z") return 0;
  const digits = zone.slice(1).replace(":", "");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2));
  return zone.startsWith("-") ? -minutes : minutes;
};

/** Microseconds since the epoch of an ISO 8601 date or time; without a zone it is UTC. */
function parseIso(text: string): number | undefined {
  const found = ISO.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", zone] = found;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse lets 30 February roll over into March.
  if (!Number.isFinite(ms) || new Date(ms).getUTCDate() !== Number(day)) return undefined;
  return (ms - offsetMinutes(zone) * MINUTE_MS) * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

function startOfDay(nowUs: number, daysAgo: number): number {
  const dayUs = DAY_MS * 1000;
  return (Math.floor(nowUs / dayUs) - daysAgo) * dayUs;
}

/**
 * Microseconds since the epoch of a point in time: ISO 8601 (UTC unless it names a zone; a date is its first
 * instant), `now`, `today`, `yesterday` (UTC days), or how long ago: `24h`, `-24h`, `24h ago`. Undefined when it
 * is none of these.
 */
export function parseTime(text: string, nowUs: number): number | undefined {
  const word = text.trim().toLowerCase();
  if (word === "now") return nowUs;
  if (word === "today") return startOfDay(nowUs, 0);
  if (word === "yesterday") return startOfDay(nowUs, 1);
  const ago = parseDuration(RELATIVE.exec(word)?.[1] ?? "");
  const us = parseIso(word) ?? (ago === undefined ? Number.NaN : nowUs - Math.round(ago * 1000));
  // Beyond the years 1685 to 2255 a number cannot hold every microsecond.
  return Number.isSafeInteger(us) ? us : undefined;
}

/** The ISO form, to the microsecond, that `parseTime` reads back exactly. */
export function formatTime(us: number): string {
  const ms = Math.floor(us / 1000);
  const micros = String(us - ms * 1000).padStart(3, "0");
  return new Date(ms).toISOString().replace("Z", `${micros}Z`);
}
