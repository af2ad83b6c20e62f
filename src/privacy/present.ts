import { randomBytes } from "node:crypto";
import type { JsonObject } from "../model/json.ts";

export interface Viewer {
  readonly maxChars?: number;
}

export const createNonce = (): string => randomBytes(4).toString("hex");

export const untrusted = (value: JsonObject, _viewer: Viewer): JsonObject => ({
  nonce: createNonce(),
  ...value,
});
