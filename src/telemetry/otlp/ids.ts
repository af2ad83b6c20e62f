const HEX = /^[0-9a-fA-F]+$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

export type IdProblem = "length" | "zero";

/** Bytes of an id -> lower-case hex, or what is wrong with it. */
export function idFromBytes(bytes: Uint8Array | null, length: 16 | 8): string | IdProblem {
  if (bytes === null || bytes.length !== length) return "length";
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("hex");
  return isZero(hex) ? "zero" : hex;
}

/**
 * An id in JSON -> lower-case hex. The specification wants hex of any case; senders that used a generic protobuf
 * to JSON mapping send base64, which a different number of characters tells apart.
 */
export function idFromJson(value: unknown, length: 16 | 8): string | IdProblem {
  if (typeof value !== "string") return "length";
  if (value.length === length * 2 && HEX.test(value)) {
    const hex = value.toLowerCase();
    return isZero(hex) ? "zero" : hex;
  }
  const isBase64 = value.replace(/=+$/, "").length === Math.ceil((length * 4) / 3) && BASE64.test(value);
  return isBase64 ? idFromBytes(Buffer.from(value, "base64"), length) : "length";
}

/** The same for ids that may be absent: null is none. All zeroes is how some senders say none. */
export const optionalId = (id: string | IdProblem): string | null =>
  id === "length" || id === "zero" ? null : id;

const isZero = (hex: string): boolean => /^0+$/.test(hex);
