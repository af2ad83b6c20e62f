import type {
  Case,
  Outcome,
  Proposal,
  SearchDependencies,
  SearchEnd,
  SearchEvent,
  SearchOptions,
  SearchResult,
  WorkOrder,
} from "../../../src/optimization/search/contract.ts";
import { search } from "../../../src/optimization/search/search.ts";

export const ids = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);

export const proposed = (components: Readonly<Record<string, string>>): Proposal => ({
  state: "proposed",
  components,
  code: null,
  hypothesis: null,
});

export interface Script {
  readonly score: (components: Readonly<Record<string, string>>, of: Case) => number | null;
  readonly objectives?: (components: Readonly<Record<string, string>>) => Outcome["objectives"];
  readonly propose: (order: WorkOrder<Outcome>, nth: number) => Proposal;
  readonly check?: SearchDependencies<Outcome>["check"];
  readonly afford?: SearchDependencies<Outcome>["afford"];
}

export interface Played {
  readonly end: SearchEnd;
  readonly result: SearchResult;
  readonly events: readonly SearchEvent[];
  readonly orders: readonly WorkOrder<Outcome>[];
  /** Every case evaluated: candidate's texts, example and repeat. */
  readonly asked: readonly string[];
}

/** Plays a whole search against scripted answers, and keeps what was asked. */
export async function play(
  components: Readonly<Record<string, string>>,
  options: Omit<SearchOptions, "seed"> & { readonly seed?: string },
  script: Script,
): Promise<Played> {
  const events: SearchEvent[] = [];
  const orders: WorkOrder<Outcome>[] = [];
  const asked: string[] = [];
  const end = await search<Outcome>(
    { components, code: null },
    { seed: "s", ...options },
    {
      evaluate: async (requests) =>
        requests.map(({ candidate, cases }) =>
          cases.map((of) => {
            asked.push(JSON.stringify([candidate.components, of.exampleId, of.repeat]));
            const { components } = candidate;
            return { score: script.score(components, of), objectives: script.objectives?.(components) ?? {} };
          }),
        ),
      propose: async (wanted) =>
        wanted.map((order) => {
          orders.push(order);
          return script.propose(order, orders.length - 1);
        }),
      check: script.check ?? (() => null),
      afford: script.afford ?? (async () => true),
      onEvent: async (event) => {
        events.push(event);
      },
    },
  );
  if ("held" in end) throw new Error("held");
  return { end, result: end, events, orders, asked };
}
