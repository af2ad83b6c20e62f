/** Stands where a value was nested more deeply than this program can write as JSON. */
export const TOO_DEEP = "[nested too deeply to store]";

export interface JsonText {
  readonly text: string;
  /** False: the text is TOO_DEEP in its place. */
  readonly whole: boolean;
}

/** JSON text of a value; a value nested some thousands deep, which JSON.stringify cannot write, is replaced. */
export function jsonText(value: unknown): JsonText {
  try {
    return { text: JSON.stringify(value) ?? "null", whole: true };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { text: JSON.stringify(TOO_DEEP), whole: false };
  }
}
