import { z } from "zod";
import { codeJudge, unscored } from "../code-judge.ts";

/**
 * What was said of a recorded run: the newest feedback of a name, as a value in [0, 1]. For published labels, thumbs of end
 * users, or verdicts of another system.
 */
export const feedback = codeJudge({
  name: "feedback",
  summary: "The feedback of a name that a recorded run got from people or programs.",
  revision: 1,
  level: "trace",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: 0.5,
  judgesFailedRuns: true,
  otherNames: {},
  params: z.strictObject({
    name: z.string().min(1).max(200),
    /** What texts count. */
    values: z.record(z.string(), z.number().min(0).max(1)).default({}),
  }),
  judge({ feedback: said = {} }, { name, values }) {
    const value = Object.hasOwn(said, name) ? said[name] : undefined;
    if (value === undefined || value === null) return unscored("input_missing", `no feedback named ${name}`);
    if (typeof value === "boolean") return { value: value ? 1 : 0, rationale: `${name} is ${value}` };
    const number = typeof value === "number" ? value : values[String(value)];
    if (number === undefined || number < 0 || number > 1)
      return unscored("off_menu", `${name} is neither true or false, nor 0 to 1, nor one of the values`);
    return { value: number, rationale: `${name} is ${String(value)}` };
  },
});
