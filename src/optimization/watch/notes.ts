import type { ResolvedJudge } from "../../model/judge.ts";
import { SESSION_QUIET_S } from "../../model/judge-schedule.ts";
import type { WatchArms } from "./arms.ts";
import { isOfSessions, type Sampled } from "./judge-sample.ts";
import type { WatchSessions } from "./sessions.ts";
import type { ArmUnits } from "./units.ts";

interface Looked {
  readonly arms: WatchArms;
  readonly sessions: WatchSessions;
  readonly judges: readonly ResolvedJudge[];
  readonly sampled: Sampled;
  readonly units: { readonly before: ArmUnits; readonly after: ArmUnits };
}

/** Conversations that judges are not asked about yet. */
function unfinished({ judges, sessions: { before, after } }: Looked): string[] {
  const count = before.whole.length + after.whole.length - before.over.length - after.over.length;
  return count > 0 && judges.some(isOfSessions)
    ? [
        `${count} sessions went on within the last ${SESSION_QUIET_S / 60} minutes: judges are asked about them when they are over`,
      ]
    : [];
}

/** Of how many of its sample a judge said nothing. */
const unscored = ({ judges, sampled, units }: Looked): string[] =>
  judges.flatMap((judge) => {
    const asked = (isOfSessions(judge) ? sampled.sessions : sampled.traces).size;
    const said = [units.before, units.after].reduce(
      (sum, { measures }) => sum + (measures.get(judge.name)?.length ?? 0),
      0,
    );
    return said < asked
      ? [
          `${judge.name}: ${asked - said} of the ${asked} that it was asked about have no score, since its question does not arise there or it failed`,
        ]
      : [];
  });

/** What limits what a look says. */
export function watchNotes(looked: Looked): string[] {
  const { before, after, by } = looked.arms;
  const { mixed, sealed } = looked.sessions;
  return [
    ...(by === "time"
      ? [
          "traces do not say which prompt version they used: split by when it was applied, so whatever else changed then counts too",
        ]
      : []),
    ...(mixed > 0
      ? [`${mixed} sessions are of both sides: what was said of them as a whole is left out`]
      : []),
    ...unfinished(looked),
    ...(sealed > 0 ? [`sealed sessions are left out (${sealed} in this project)`] : []),
    ...unscored(looked),
    ...(before.cut || after.cut ? ["only the newest traces of a side were looked at: there are more"] : []),
    "traffic was not assigned at random: a difference need not come from the change",
  ];
}
