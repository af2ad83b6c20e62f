import { hash } from "node:crypto";

/** Under what a group's split is kept: groups may hold what users said, and a split outlives its examples. */
export const groupHash = (group: string): Uint8Array => hash("sha256", group, "buffer").subarray(0, 16);
