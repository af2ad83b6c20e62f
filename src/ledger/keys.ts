import { hashOf, type JsonLike } from "../canonical.ts";

/** Raised when the meaning of recorded answers changes. */
const FORMAT = 1;

/** The key of a call: equal exactly when everything that fixes its answer is equal. */
export const callKey = (kind: string, material: JsonLike): string =>
  hashOf({ format: FORMAT, kind, material });
