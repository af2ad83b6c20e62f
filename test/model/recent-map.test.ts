import { describe, expect, it } from "vitest";
import { createRecentMap } from "../../src/model/recent-map.ts";

describe("what was used lately", () => {
  it("keeps at least half of its weight of what was used last, and never more than all of it", () => {
    const map = createRecentMap<number, number>(100);
    for (let i = 0; i < 1_000; i += 1) map.set(i, i);
    const kept = Array.from({ length: 1_000 }, (_, i) => i).filter((i) => map.get(i) !== undefined);
    expect(kept.at(-1)).toBe(999);
    expect(kept.length).toBeGreaterThanOrEqual(50);
    expect(kept.length).toBeLessThanOrEqual(100);
    expect(kept[0]).toBe(1_000 - kept.length);
  });

  it("keeps what is asked for, however much else comes", () => {
    const map = createRecentMap<string, string>(10);
    map.set("asked", "for");
    for (let i = 0; i < 1_000; i += 1) {
      map.set(String(i), "else");
      if (i % 4 === 0) expect(map.get("asked")).toBe("for");
    }
  });

  it("counts an entry that is set again once, by its latest weight", () => {
    const map = createRecentMap<string, string>(20, (text) => text.length);
    map.set("other", "1234");
    for (let i = 0; i < 100; i += 1) map.set("same", "12345");
    expect(map.get("other")).toBe("1234");
    map.set("large", "123456789012345678901234567890");
    map.set("next", "123456789012345678901234567890");
    expect([map.get("other"), map.get("same"), map.get("large")]).toEqual([undefined, undefined, undefined]);
    expect(map.get("next")).toHaveLength(30);
  });

  it("is empty when cleared", () => {
    const map = createRecentMap<string, number>(4);
    for (const key of ["a", "b", "c"]) map.set(key, 1);
    map.clear();
    expect(["a", "b", "c"].map((key) => map.get(key))).toEqual([undefined, undefined, undefined]);
  });
});
