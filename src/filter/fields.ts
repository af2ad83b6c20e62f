import type { Field } from "./field-types.ts";
import { families, ofSession, words } from "./fields-content.ts";
import { identity } from "./fields-identity.ts";
import { measures } from "./fields-measures.ts";

/** Every field of the filter language, in the order in which help lists them. */
export const FIELDS: readonly Field[] = [...measures, ...identity, ...words, ...families, ...ofSession];
