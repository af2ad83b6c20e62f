import { hash } from "node:crypto";

/** What deleted_trace keeps of a deleted trace: the SHA-256 of its id's 16 bytes. */
export const traceHash = (traceId: Uint8Array): Buffer => hash("sha256", traceId, "buffer");
