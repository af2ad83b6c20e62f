/** What is known of one component: a text that a campaign may change. */
export interface ComponentSpec {
  readonly name: string;
  /** What it is for, in the words of the campaign's author; null when nobody said. */
  readonly purpose: string | null;
  /** The text with which the campaign began. */
  readonly seed: string;
  /** Texts that every version must hold, character by character. */
  readonly preserve?: readonly string[] | undefined;
  /** Whether keys of JSON, tags, addresses and tool names that the seed holds are kept too; default true. */
  readonly detect?: boolean | undefined;
  /** Names of the agent's tools. */
  readonly tools?: readonly string[] | undefined;
  /** Most characters (UTF-16 units); default twice the seed, or the seed and 2,000 more, whichever is longer. */
  readonly maxLength?: number | undefined;
}

const FACTOR = 2;
const LEAST_GROWTH = 2_000;
/** Above this a text may not grow, unless its author sets a limit. */
const MOST = 40_000;

/** Most characters that a version of the component may have; never less than its seed has, unless its author said so. */
export function lengthLimit({ seed, maxLength }: ComponentSpec): number {
  if (maxLength !== undefined) return maxLength;
  return Math.max(seed.length, Math.min(MOST, Math.max(FACTOR * seed.length, seed.length + LEAST_GROWTH)));
}
