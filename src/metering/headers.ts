/** Of one connection, not of the message (RFC 9110, 7.6.1; RFC 2616 for the older ones). */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** We have answered that already, or name another host. */
const OF_THE_REQUEST = new Set(["expect", "host"]);

/** Headers as they came, in order and as they were written, but for those of the connection. */
export function passedOn(raw: readonly string[], kind: "request" | "answer"): string[] {
  const pairs = Array.from(
    { length: raw.length >> 1 },
    (_, i) => [raw[2 * i] ?? "", raw[2 * i + 1] ?? ""] as const,
  );
  const named = pairs
    .filter(([name]) => name.toLowerCase() === "connection")
    .flatMap(([, value]) => value.split(",").map((name) => name.trim().toLowerCase()));
  return pairs
    .filter(([name]) => {
      const key = name.toLowerCase();
      return !HOP_BY_HOP.has(key) && !named.includes(key) && !(kind === "request" && OF_THE_REQUEST.has(key));
    })
    .flat();
}
