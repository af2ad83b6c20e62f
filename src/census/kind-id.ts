import { hashOf } from "../canonical.ts";

/** The id of a kind that somebody named; the same name has the same id in every census. */
export const namedKindId = (name: string): string => `k_${hashOf(name.trim().toLowerCase()).slice(0, 6)}`;
