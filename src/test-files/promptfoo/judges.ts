import { canonicalJson } from "../../canonical.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import type { NamedCheck } from "./assertions.ts";
import { slug } from "./fields.ts";
import type { Notes } from "./notes.ts";

/** As many as one evaluation takes. */
const MAX_JUDGES = 50;

interface Group {
  readonly check: NamedCheck;
  /** What each test expects, by its position. */
  readonly values: Map<number, Json>;
}

export interface JudgesAndExpectations {
  readonly judges: readonly JsonObject[];
  /** Of each test, in order. */
  readonly expectations: readonly JsonObject[];
}

const NOTHING = true;

function keyOf(
  { stem, builtin, params, threshold, negate, expectation, metric }: NamedCheck,
  nth: number,
): string {
  // One expectation is one list, whatever metric names a part of it.
  const name = expectation === undefined ? (metric ?? null) : null;
  return canonicalJson([stem, builtin, params ?? null, threshold ?? null, negate ?? null, name, nth]);
}

const listOf = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

const without = (values: readonly Json[], known: readonly Json[]): Json[] => {
  const seen = new Set(known.map(canonicalJson));
  return values.filter((value) => !seen.has(canonicalJson(value)));
};

/** Checks of one kind are one group: lists of one test are one list, else the second check of a test is of a second group. */
function groupsOf(checks: readonly (readonly NamedCheck[])[]): Group[] {
  const groups = new Map<string, Group>();
  checks.forEach((ofTest, i) => {
    const times = new Map<string, number>();
    for (const check of ofTest) {
      const first = keyOf(check, 0);
      const nth = check.merges ? 0 : (times.get(first) ?? 0);
      times.set(first, nth + 1);
      const key = keyOf(check, nth);
      const group = groups.get(key) ?? { check, values: new Map<number, Json>() };
      const before = group.values.get(i);
      const value = check.value ?? NOTHING;
      group.values.set(
        i,
        check.merges ? [...listOf(before), ...without(listOf(value), listOf(before))] : value,
      );
      groups.set(key, group);
    }
  });
  return [...groups.values()];
}

/** What all tests have in common is asked by one judge of all, the rest by another one of each test. */
function divided(group: Group, tests: number): Group[] {
  const { check, values } = group;
  if (!check.merges || !check.param || values.size < tests) return [group];
  const [first = [], ...others] = [...values.values()].map(listOf);
  const common = first.filter((one) => others.every((list) => without([one], list).length === 0));
  if (common.length === 0) return [group];
  const rest = new Map(
    [...values].flatMap(([i, value]) => {
      const own = without(listOf(value), common);
      return own.length > 0 ? [[i, own] as const] : [];
    }),
  );
  const shared: Group = { check, values: new Map([...values.keys()].map((i) => [i, common] as const)) };
  return rest.size > 0 ? [shared, { check, values: rest }] : [shared];
}

function isShared({ check, values }: Group, tests: number): boolean {
  if (values.size < tests) return false;
  if (check.value === undefined) return true;
  return check.param !== undefined && new Set([...values.values()].map(canonicalJson)).size === 1;
}

const unique = (wanted: string, taken: ReadonlySet<string>): string => {
  for (let n = 1; ; n += 1) {
    const name = n === 1 ? wanted : `${wanted}_${n}`;
    if (!taken.has(name)) return name;
  }
};

interface Placing {
  readonly tests: number;
  readonly names: Set<string>;
  readonly expectationNames: Set<string>;
  readonly expectations: Record<string, Json>[];
}

function sharedJudge({ check, values }: Group, name: string): JsonObject {
  const [value] = values.values();
  const given =
    check.value === undefined || value === undefined || !check.param ? {} : { [check.param]: value };
  return {
    name,
    builtin: check.sharedBuiltin ?? check.builtin,
    ...limits(check, { ...check.params, ...given }),
  };
}

const limits = ({ threshold, negate }: NamedCheck, params: JsonObject): JsonObject => ({
  ...(Object.keys(params).length > 0 ? { params } : {}),
  ...(threshold === undefined ? {} : { threshold }),
  ...(negate ? { negate } : {}),
});

/** A judge that reads what each test expects; the expectation is one of its own, unless the judge has a fixed one. */
function exampleJudge({ check, values }: Group, name: string, placing: Placing): JsonObject {
  const wanted = name === "exact_match" ? "answer" : name;
  const expectation = check.expectation ?? unique(wanted, placing.expectationNames);
  placing.expectationNames.add(expectation);
  for (const [i, value] of values) {
    const ofTest = placing.expectations[i];
    if (ofTest) ofTest[expectation] = value;
  }
  const reads = check.value !== undefined && check.expectation === undefined;
  return {
    name,
    builtin: check.builtin,
    ...limits(check, { ...check.params, ...(reads ? { expectation } : {}) }),
    ...(values.size < placing.tests ? { whenExpected: expectation } : {}),
  };
}

/**
 * The checks of all tests as judges: one for each kind, with what it expects in its parameters where every test expects
 * the same, else in the tests; a judge of which some tests have nothing is not applicable to these.
 */
export function judgesOf(checks: readonly (readonly NamedCheck[])[], notes: Notes): JudgesAndExpectations {
  const tests = checks.length;
  const groups = groupsOf(checks).flatMap((group) => divided(group, tests));
  const kept = [...groups].sort((a, b) => b.values.size - a.values.size).slice(0, MAX_JUDGES);
  const dropped = groups.filter((group) => !kept.includes(group));
  if (dropped.length > 0)
    notes.add(
      `not mapped: more than ${MAX_JUDGES} judges; those of the fewest tests`,
      dropped.reduce((sum, { values }) => sum + values.size, 0),
    );
  const placing: Placing = {
    tests,
    names: new Set(),
    expectationNames: new Set(kept.flatMap(({ check }) => check.expectation ?? [])),
    expectations: checks.map(() => ({})),
  };
  const judges = groups
    .filter((group) => kept.includes(group))
    .map((group) => {
      const { metric, stem } = group.check;
      const name = unique((metric === undefined ? "" : slug(metric)) || stem, placing.names);
      placing.names.add(name);
      return isShared(group, tests) ? sharedJudge(group, name) : exampleJudge(group, name, placing);
    });
  return { judges, expectations: placing.expectations };
}
