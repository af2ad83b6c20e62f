import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../../src/errors.ts";
import { parseFilter } from "../../src/filter/parse-filter.ts";
import type { TraceOrder } from "../../src/store/store.ts";
import { MINUTE_US, NOW_US, openSearchFixture } from "./search-fixture.ts";

let store: ReturnType<typeof openSearchFixture>;
beforeEach(() => {
  store = openSearchFixture();
});
afterEach(() => store.close());

const code = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return "accepted";
};

/** Traces t0, t1, ... of which some share their start, duration and cost, and some have none. */
function addTraces(count: number, from = 0): void {
  for (let n = from; n < from + count; n += 1)
    store.addTrace({
      row: {
        name: `t${n}`,
        start_us: NOW_US - Math.floor(n / 3) * MINUTE_US,
        duration_us: n % 4 === 0 ? null : (n % 7) * 1000,
        cost_usd: n % 5 === 0 ? null : (n % 3) / 10,
        errors: n % 3,
        status: n % 2 ? "error" : "ok",
      },
      facets: [["tool", n % 3 ? "common" : "rare"]],
    });
}

function readAll(text: string, order: TraceOrder, limit: number, between?: () => void): string[] {
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = store.traces(text, { order, limit, ...(cursor === undefined ? {} : { cursor }) });
    names.push(...page.items.map((trace) => trace.name));
    cursor = page.next ?? undefined;
    between?.();
  } while (cursor !== undefined && names.length < 1000);
  return names;
}

const ORDERS: readonly TraceOrder[] = ["newest", "oldest", "slowest", "costliest", "most_errors"];

describe("cursors", () => {
  test.each(ORDERS)("%s: every row once, in order, also without a value to order by", (order) => {
    addTraces(50);
    for (const text of ["", "tool = rare", "status = error AND since 1d"]) {
      const whole = readAll(text, order, 500);
      expect(new Set(whole).size).toBe(whole.length);
      expect(whole.length).toBe({ "": 50, "tool = rare": 17 }[text] ?? 25);
      for (const limit of [1, 7]) expect(readAll(text, order, limit)).toEqual(whole);
    }
  });

  test("order", () => {
    addTraces(12);
    const by = (order: TraceOrder) => store.traces("", { order }).items;
    expect(by("newest").map((t) => -t.startUs)).toEqual(
      by("newest")
        .map((t) => -t.startUs)
        .sort((a, b) => a - b),
    );
    expect(by("oldest").map((t) => t.startUs)).toEqual(
      by("oldest")
        .map((t) => t.startUs)
        .sort((a, b) => a - b),
    );
    expect(by("most_errors").map((t) => t.totals.errors)).toEqual([2, 2, 2, 2, 1, 1, 1, 1, 0, 0, 0, 0]);
    const costs = [0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0, 0, 0, null, null, null];
    expect(by("costliest").map((t) => t.totals.costUsd)).toEqual(costs);
    expect(by("slowest")[0]?.name).toBe("t6");
  });

  test("rows that arrive in between neither repeat nor hide a row", () => {
    addTraces(30);
    const before = readAll("", "newest", 500);
    let next = 30;
    const seen = readAll("", "newest", 4, () => {
      store.addTrace({ row: { name: `late${next}`, start_us: NOW_US + next * MINUTE_US } });
      next += 1;
    });
    expect(seen).toEqual(before);
  });

  test("of another query, or broken, is refused", () => {
    addTraces(5);
    const cursor = store.traces("status = error", { limit: 1 }).next ?? "";
    expect(code(() => store.traces("status = error", { limit: 2, cursor }))).toBe("accepted");
    expect(code(() => store.traces("status = ok", { limit: 1, cursor }))).toBe("invalid_input");
    expect(code(() => store.traces("status = error", { order: "oldest", cursor }))).toBe("invalid_input");
    expect(code(() => store.search.searchSessions(query("status = error", cursor)))).toBe("invalid_input");
    expect(
      code(() => store.search.searchTraces({ ...query("status = error", cursor), projectId: "other" })),
    ).toBe("invalid_input");
    for (const broken of ["", "x", "W10", cursor.slice(3), "é".repeat(20_000)])
      expect(code(() => store.traces("status = error", { cursor: broken }))).toBe("invalid_input");
  });

  test("a relative time keeps the moment of the first page", () => {
    addTraces(9);
    const first = store.search.searchTraces({ ...query("since 3m"), limit: 4 });
    const later = (seconds: number) => query("since 3m", first.next ?? "", NOW_US + seconds * 1_000_000);
    expect(store.search.searchTraces(later(2)).items).toHaveLength(5);
    expect(code(() => store.search.searchTraces(later(3600)))).toBe("invalid_input");
    expect(code(() => store.search.searchTraces(query("since 4m", first.next ?? "")))).toBe("invalid_input");
  });
});

const query = (text: string, cursor?: string, nowUs = NOW_US) => ({
  projectId: "p",
  filter: parseFilter(text, { nowUs, level: "trace" }),
  order: "newest" as const,
  limit: 100,
  cursor,
});

describe("totals", () => {
  test("by index, by candidates, by a whole page; else null", () => {
    addTraces(50);
    expect(store.traces("", { limit: 5 }).total).toBe(50);
    expect(store.traces("status = error AND since 1d", { limit: 5 }).total).toBe(25);
    expect(store.traces("tool = rare", { limit: 5 }).total).toBe(17);
    expect(store.traces("name ~ t1", { limit: 5 }).total).toBeNull();
    expect(store.traces("name ~ t1", { limit: 50 }).total).toBe(11);
  });

  test("a value that most rows have is found as surely as a rare one", () => {
    store.db.transaction(() => addTraces(3300))();
    expect(store.traces("tool = common", { limit: 3 })).toMatchObject({ total: null });
    expect(store.traces("tool = common AND tool = rare").items).toEqual([]);
    expect(readAll("tool = common AND name = t4", "newest", 10)).toEqual(["t4"]);
    expect(store.traces("tool = rare", { limit: 3 }).total).toBe(1100);
  });
});

test("a frequent word is found in the right traces only", () => {
  store.db.transaction(() => {
    for (let n = 0; n < 2300; n += 1)
      store.addTrace({
        row: { name: `t${n}` },
        spans: [{ name: "s", kind: "tool", tool_name: "x", text: n === 7 ? "other" : "frequent word" }],
      });
  })();
  expect(store.traces("text ~ frequent", { limit: 3 })).toMatchObject({ total: null });
  expect(store.traces("NOT text ~ frequent").items.map((trace) => trace.name)).toEqual(["t7"]);
  expect(store.traces("span(tool.arguments ~ frequent) AND name = t8").items).toHaveLength(1);
});
