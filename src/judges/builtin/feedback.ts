import { z } from "zod";
import type { Json } from "../../model/json.ts";
import { codeJudge, quoted, unscored } from "../code-judge.ts";
import type { CodeFinding } from "../definition.ts";

interface Scale {
  readonly values?: Readonly<Record<string, number>> | undefined;
  readonly worst: number;
  readonly best: number;
}

function findingOf(value: Json, { values, worst, best }: Scale): CodeFinding {
  if (typeof value === "boolean") return { value: value ? 1 : 0, rationale: String(value) };
  if (typeof value === "number") {
    const share = (value - worst) / (best - worst);
    return share >= 0 && share <= 1
      ? { value: share, rationale: `${value} from ${worst} to ${best}` }
      : unscored("off_menu", `${value} is outside of ${worst} to ${best}`);
  }
  if (typeof value !== "string") return unscored("off_menu", "neither a number, nor a text, nor yes or no");
  const counted = values && Object.hasOwn(values, value) ? values[value] : undefined;
  return counted === undefined
    ? unscored("off_menu", `${quoted(value)} is none of the values`)
    : { value: counted, label: value, rationale: quoted(value) };
}

/**
 * What was said of a recorded run: yes is 1, a number counts from `worst` to `best`, a text as `values` says. Also of
 * runs that failed, since whoever said it knew.
 */
export const feedback = codeJudge({
  name: "feedback",
  summary: "What people, end users or another program said of a recorded run, by the feedback's name.",
  revision: 1,
  level: "trace",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 1,
  judgesFailedRuns: true,
  params: z
    .strictObject({
      /** Of the feedback, e.g. `thumbs`; the latest of the name counts. */
      name: z.string().min(1).max(200),
      /** What each text counts, from 0 to 1. */
      values: z.record(z.string().min(1).max(200), z.number().min(0).max(1)).optional(),
      /** The number that counts 0, */
      worst: z.number().default(0),
      /** and the one that counts 1; less than `worst` where less is better. */
      best: z.number().default(1),
    })
    .refine(({ worst, best }) => worst !== best, { path: ["best"], message: "the same as worst" }),
  otherNames: {},
  judge({ feedback: given = {} }, { name, ...scale }) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined || value === null)
      return unscored("input_missing", `nothing was said under the name ${quoted(name)}`);
    return findingOf(value, scale);
  },
});
