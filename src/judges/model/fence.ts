import { hashOf } from "../../canonical.ts";
import type { Marker } from "./fit-text.ts";

const DIGITS = 8;

/**
 * The word that fences an item's sections: the same for the same judge and texts, so that equal questions are one
 * call, and in none of the texts, so that nothing inside can close its section or imitate our lines.
 */
export function fenceCode(judgeHash: string, texts: readonly string[]): string {
  for (let n = 0; ; n++) {
    const code = hashOf([judgeHash, n, ...texts]).slice(0, DIGITS);
    if (!texts.some((text) => text.toLowerCase().includes(code))) return code;
  }
}

export const fenced = (name: string, code: string, text: string): string =>
  `[${name} ${code}]\n${text}\n[end ${code}]`;

export const markerOf =
  (code: string): Marker =>
  (chars, entries) =>
    `[${code}: ${entries === undefined ? "" : `${entries} entries, `}${chars} characters left out]`;
