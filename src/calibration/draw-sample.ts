import { drawn } from "../evaluation/find-items.ts";
import type { LabelSample } from "../model/label-sample.ts";
import type { Verdict } from "../model/verdict.ts";
import { neymanAllocation } from "../statistics/allocation.ts";
import type { LabelledItem } from "./labelled-item.ts";
import { peoplePass } from "./rates.ts";

export const LABELLED = "labelled before";
/** Bins of a judge that measures and passes nothing. */
const BINS = 4;
/** Spread that is assumed where nobody has labelled yet: more where judges differ. */
const USUAL_SHARE = 0.2;
export interface Drawing {
  readonly frame: readonly { readonly id: string }[];
  readonly labelled: readonly LabelledItem[];
  readonly count: number;
}

interface Sorted {
  readonly id: string;
  readonly stratum: string;
  /** Judges gave it different verdicts. */
  readonly disputed: boolean;
}

const wordOf = ({ state, pass, label, reason }: Verdict): string => {
  if (state !== "scored") return reason ?? state;
  return label ?? (pass === null ? "measured" : pass ? "pass" : "fail");
};

/** Quartile of a measure among all values. */
function binner(values: readonly number[]): (value: number) => string {
  const ascending = values.toSorted((a, b) => a - b);
  return (value) => {
    const below = ascending.filter((other) => other < value).length;
    return `quarter ${Math.min(BINS, Math.floor((below / Math.max(1, ascending.length)) * BINS) + 1)}`;
  };
}

/** Verdicts of one judge as words of a stratum's name. */
export function wordsOf(
  verdicts: ReadonlyMap<string, { readonly verdict: Verdict }>,
): ReadonlyMap<string, string> {
  const measured = [...verdicts.values()].flatMap(({ verdict }) =>
    verdict.state === "scored" && verdict.pass === null && verdict.label === null
      ? (verdict.value ?? [])
      : [],
  );
  const bin = binner(measured);
  return new Map(
    [...verdicts].map(([id, { verdict }]) => {
      const word = wordOf(verdict);
      return [id, word === "measured" ? bin(verdict.value ?? 0) : word];
    }),
  );
}

/** By what all judges said. What people labelled already is known, and a stratum of its own. */
function sortInto(
  frame: Drawing["frame"],
  words: readonly ReadonlyMap<string, string>[],
  labelled: ReadonlySet<string>,
): Sorted[] {
  return frame.map(({ id }) => {
    if (labelled.has(id)) return { id, stratum: LABELLED, disputed: false };
    const said = words.map((of) => of.get(id) ?? "no verdict");
    return { id, stratum: said.join(" / "), disputed: new Set(said).size > 1 };
  });
}

/** Standard deviation of people's labels in a stratum: by the labels that there are, with Laplace's share. */
function deviationOf(labels: readonly boolean[], disputed: boolean): number {
  const usual = disputed ? 0.5 : USUAL_SHARE;
  const share = labels.length === 0 ? usual : (labels.filter(Boolean).length + 1) / (labels.length + 2);
  return Math.sqrt(share * (1 - share));
}

/** Draws the items: all that is labelled already, and of the others by Neyman's allocation over strata. */
export function drawSample(
  input: Drawing,
  words: readonly ReadonlyMap<string, string>[],
  seed: string,
): Pick<LabelSample, "strata" | "items"> {
  const frameIds = new Set(input.frame.map(({ id }) => id));
  const labelled = new Set(input.labelled.map(({ id }) => id).filter((id) => frameIds.has(id)));
  const sorted = Map.groupBy(sortInto(input.frame, words, labelled), ({ stratum }) => stratum);
  const names = [...sorted.keys()].sort();
  const open = names.filter((name) => name !== LABELLED);
  const said = Map.groupBy(input.labelled, ({ id }) =>
    words.map((of) => of.get(id) ?? "no verdict").join(" / "),
  );
  const counts = neymanAllocation(
    open.map((name) => {
      const members = sorted.get(name) ?? [];
      const labels = (said.get(name) ?? []).flatMap((item) => peoplePass(item) ?? []);
      return { size: members.length, deviation: deviationOf(labels, members[0]?.disputed ?? false) };
    }),
    input.count,
  );
  const countOf = new Map(open.map((name, i) => [name, counts[i] ?? 0]));
  const strata = names.map((name) => {
    const size = sorted.get(name)?.length ?? 0;
    return { name, size, drawn: countOf.get(name) ?? size };
  });
  const items = strata.flatMap(({ name, size, drawn: count }, stratum) =>
    drawn(sorted.get(name) ?? [], count, seed, "label").map(({ id }, rank) => ({
      id,
      stratum,
      probability: count / size,
      // Spreads any beginning of the list over all strata.
      order: name === LABELLED ? Number.POSITIVE_INFINITY : (rank + 0.5) / count,
    })),
  );
  return {
    strata,
    items: items
      .sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1))
      .map(({ order: _, ...item }) => item),
  };
}
