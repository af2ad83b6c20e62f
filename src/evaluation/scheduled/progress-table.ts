import type { Json, JsonObject } from "../../model/json.ts";
import { wilsonInterval } from "../../statistics/proportions.ts";
import { type JudgeCounts, LANES, Progress } from "./progress.ts";

const isoOf = (us: number | null): string | null =>
  us === null ? null : new Date(us / 1_000).toISOString().slice(0, 19);

const three = (value: number): number => Math.round(value * 1_000) / 1_000;

/** Of all that came in, as the draw estimates it. */
function passRate({ decided, passed }: JudgeCounts): Json[] {
  if (decided === 0) return [null, ""];
  const { low, high } = wilsonInterval(passed, decided);
  return [three(passed / decided), `[${three(low)}, ${three(high)}]`];
}

const COLUMNS = [
  "judge",
  "of",
  "rate",
  "drawn",
  "judged",
  "pass rate",
  "95% interval",
  "not applicable",
  "no verdict",
  "failed",
  "over budget",
  "judged again",
];

const rowOf = (row: JudgeCounts): Json[] => [
  row.judge,
  row.level,
  row.rate,
  row.drawn,
  row.judged,
  ...passRate(row),
  row.notApplicable,
  row.unscored,
  row.failed,
  row.overBudget,
  row.again,
];

/** A scheduled job's result as its reader sees it; undefined before its first heartbeat. */
export function progressTable(result: Json): JsonObject | undefined {
  const parsed = Progress.safeParse(result);
  if (!parsed.success) return undefined;
  const { lanes, judges, leftOut, outages, awaySinceUs, budgetUsedUpUs, problem, spent } = parsed.data;
  return {
    judges: { columns: COLUMNS, rows: judges.map(rowOf) },
    passRatesAre: judges.some(({ overBudget }) => overBudget > 0)
      ? "of what came in before the budget was used up, as the judge decides; see its calibration card"
      : "of all that came in at this rate, as the judge decides; see its calibration card",
    lanes: {
      columns: ["lane", "seen", "waiting"],
      rows: LANES.map((name): Json[] => [name, lanes[name].seen, lanes[name].waiting]),
    },
    drawnAndLeftOut: leftOut,
    spent: { calls: spent.calls, usd: three(spent.usd) },
    outages,
    ...(awaySinceUs === null ? {} : { endpointAwaySince: isoOf(awaySinceUs) }),
    ...(budgetUsedUpUs === null ? {} : { budgetUsedUpSince: isoOf(budgetUsedUpUs) }),
    ...(problem === null ? {} : { problem }),
  };
}
