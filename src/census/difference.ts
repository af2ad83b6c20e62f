import { invalidInput } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import type { Census, IssueKind } from "../model/census.ts";
import type { Json } from "../model/json.ts";
import { holm } from "../statistics/multiplicity.ts";
import { type RateDifference, rateDifference } from "../statistics/rate-difference.ts";
import { rateOfTraffic } from "./estimate.ts";

export type Change = "new" | "gone" | "grown" | "shrunk" | "not shown to differ";

export interface KindChange {
  readonly kind: IssueKind;
  readonly change: Change;
  readonly earlier: number;
  readonly later: number;
  readonly difference: RateDifference;
  /** Holm's over all kinds compared. */
  readonly adjustedP: number;
}

const ALPHA = 0.05;

/** A kind of one census in the other one: its own, or nobody where that census looked for it. */
function sameKind({ kinds, noted }: Census, kind: IssueKind): IssueKind | undefined {
  const own = kinds.find(({ id }) => id === kind.id);
  if (own) return own;
  return kind.by === "signal" || noted !== null ? { ...kind, members: [] } : undefined;
}

function changeOf(earlier: number, later: number, adjustedP: number): Change {
  if (adjustedP > ALPHA) return "not shown to differ";
  if (earlier === 0) return "new";
  if (later === 0) return "gone";
  return later > earlier ? "grown" : "shrunk";
}

/**
 * How kinds of issues changed from one census to a later one: the difference of each rate in traffic with its interval, and
 * a test over both samples, Holm-adjusted over all kinds that both looked for. Units in both make the test conservative.
 */
export function compareCensuses(earlier: Census, later: Census): readonly KindChange[] {
  const all = [
    ...later.kinds,
    ...earlier.kinds.filter(({ id }) => !later.kinds.some((kind) => kind.id === id)),
  ];
  const pairs = all.flatMap((kind) => {
    const [before, after] = [sameKind(earlier, kind), sameKind(later, kind)];
    if (!before || !after) return [];
    const difference = rateDifference(
      (level) => rateOfTraffic(earlier, before, level),
      (level) => rateOfTraffic(later, after, level),
    );
    return [{ kind, before, after, difference }];
  });
  const adjusted = holm(pairs.map(({ difference }) => difference.pValue));
  return pairs.map(({ kind, before, after, difference }, i) => {
    const rates = [rateOfTraffic(earlier, before, 0.95).estimate, rateOfTraffic(later, after, 0.95).estimate];
    const [was = 0, is = 0] = rates;
    const adjustedP = adjusted[i] ?? 1;
    return { kind, change: changeOf(was, is, adjustedP), earlier: was, later: is, difference, adjustedP };
  });
}

const ORDER: readonly Change[] = ["new", "grown", "gone", "shrunk", "not shown to differ"];
const three = (value: number): number => Math.round(value * 1_000) / 1_000;

function warnings(earlier: Census, later: Census, shared: number, notLookedFor: number): string[] {
  return [
    ...(earlier.revision !== later.revision
      ? ["The signals were changed between the two: part of a difference may be theirs."]
      : []),
    ...(earlier.filter !== later.filter ? ["The two have different filters."] : []),
    ...(earlier.createdUs > later.createdUs ? ["compareTo is the newer of the two."] : []),
    ...(shared > 0 ? [`${shared} are in both samples: the tests are conservative.`] : []),
    ...(notLookedFor > 0
      ? [`${notLookedFor} kinds were named in one of the two only and are not compared.`]
      : []),
  ];
}

/** get_record of a census with `compareTo`. */
export function showDifference(earlier: Census, later: Census): Answer {
  if (earlier.level !== later.level)
    throw invalidInput(
      `One census is of ${earlier.level}, the other of ${later.level}`,
      "Compare like with like.",
    );
  const changes = compareCensuses(earlier, later).toSorted(
    (a, b) => ORDER.indexOf(a.change) - ORDER.indexOf(b.change) || a.adjustedP - b.adjustedP,
  );
  const before = new Set(earlier.units.ids);
  const shared = later.units.ids.filter((id) => before.has(id)).length;
  const union = new Set([...earlier.kinds, ...later.kinds].map(({ id }) => id)).size;
  const counts = Object.fromEntries(
    ORDER.map((change) => [change, changes.filter((one) => one.change === change).length]),
  );
  const notes = warnings(earlier, later, shared, union - changes.length);
  return {
    data: {
      earlier: earlier.id,
      later: later.id,
      looked: { earlier: earlier.units.ids.length, later: later.units.ids.length },
      changes: counts,
      method:
        "Shares of all traffic like the two samples; interval of the difference from the two intervals (Newcombe, MOVER), p by inverting it, Holm over all kinds; a change is named where adjusted p <= .05.",
      ...(notes.length > 0 ? { warnings: notes } : {}),
    },
    untrusted: {
      kinds: {
        columns: ["kind", "change", "earlier", "later", "difference", "95% interval", "p adjusted", "name"],
        rows: changes.map(({ kind, change, earlier: was, later: is, difference, adjustedP }): Json[] => [
          kind.id,
          change,
          three(was),
          three(is),
          three(difference.difference),
          `[${three(difference.interval.low)}, ${three(difference.interval.high)}]`,
          Number(adjustedP.toPrecision(3)),
          kind.by === "notes" ? kind.name : null,
        ]),
      },
    },
  };
}
