import { type AppError, invalidInput } from "../errors.ts";

/** The reader's own words, short and with nothing in them that a terminal would act on. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text).replace(
    /[\p{C}\u2028\u2029]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** An `invalid_input` that says where in the filter (`at` counts from 0, readers from 1). */
export const filterError = (at: number, message: string, hint: string): AppError =>
  invalidInput(`Filter, character ${at + 1}: ${message}`, hint);
