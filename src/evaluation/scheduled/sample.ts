import { hashRandom } from "../../statistics/random.ts";

/**
 * Whether a trace or session is in a judge's sample: fixed by its id and the judge's name, so that every collector draws
 * the same, a higher rate holds what a lower one drew, and two versions of a judge see the same items.
 */
export const isDrawn = (projectId: string, judge: string, id: string, rate: number): boolean =>
  hashRandom(projectId, `scheduled:${judge}:${id}`, 0) < rate;
