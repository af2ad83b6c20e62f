import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, hashOf } from "../src/canonical.ts";
import type { Json } from "../src/model/json.ts";

const parse = (text: string): Json => JSON.parse(text);

/** The same value with the keys of every object the other way round. */
const reversed = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
};

const json = fc.jsonValue().map((value) => parse(JSON.stringify(value)));

describe("canonical JSON", () => {
  it("writes RFC 8785's example of section 3.2.2 as its section 3.2.3 does", () => {
    const input = String.raw`{
      "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
      "literals": [null, true, false]
    }`;
    expect(canonicalJson(parse(input))).toBe(
      String.raw`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
    );
  });

  it("sorts keys by UTF-16 code units, as RFC 8785 section 3.2.3 does", () => {
    const input = String.raw`{"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7}`;
    const order = [...canonicalJson(parse(input)).matchAll(/:(\d)/g)].map((match) => match[1]);
    expect(order.join("")).toBe("2467153");
  });

  it("keeps the value and forgets the order of keys", () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(parse(canonicalJson(value))).toEqual(value);
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
      }),
    );
  });

  it("differs where values differ", () => {
    const pairs: [Json, Json][] = [
      ["1", 1],
      [[], {}],
      [
        [1, [2]],
        [[1], 2],
      ],
      [{ a: null }, {}],
      ["\ud800", "\ud801"],
    ];
    for (const [a, b] of pairs) expect(hashOf(a)).not.toBe(hashOf(b));
    expect(canonicalJson(-0)).toBe("0");
  });

  it("hashes the UTF-8 text with SHA-256", () => {
    // sha256sum of the four bytes 22 c3 a9 22
    expect(hashOf("é")).toBe("f2886017e9c7abacf804b54d64787dce2b611c9544ba21f3affdd126a6e50086");
  });

  it("refuses what JSON has not", () => {
    expect(() => canonicalJson(Number.NaN)).toThrow(TypeError);
  });
});
