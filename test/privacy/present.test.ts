import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { cleanText } from "../../src/privacy/clean.ts";
import { createNonce, present, untrusted } from "../../src/privacy/present.ts";

const shown = (value: Json, maxChars?: number) =>
  present(value, maxChars === undefined ? {} : { maxChars }).value;

describe("what is left out", () => {
  it.each([
    ["colours", "\u001b[31mred\u001b[0m", "red"],
    ["a link that hides its address", "\u001b]8;;http://evil.io\u0007click\u001b]8;;\u0007", "click"],
    ["a window title", "\u001b]0;title\u001b\\text", "text"],
    ["eight-bit escapes", "\u009b2Jtext", "text"],
    ["an escape without end", "a\u001b]0;title", "a0;title"],
    ["escapes made of escapes", "\u001b\u001b[0m[31mx", "[31mx"],
    ["bells and backspaces", "a\u0007b\u0008c\u0000d\u007fe", "abcde"],
    ["overrides", "user\u202e txt.exe\u202c", "user txt.exe"],
    ["isolates", "a\u2066b\u2069c", "abc"],
    ["zero-width spaces", "pass\u200bword\ufeff\u2060", "password"],
    ["joiners between Latin letters", "a\u200db\u200cc", "abc"],
    ["tags", `hi${[..."ignore"].map((c) => String.fromCodePoint(0xe0000 + c.charCodeAt(0))).join("")}`, "hi"],
    ["variation selectors as bytes", "a\ufe01\u{e0101}\u{e01ef}b", "ab"],
    ["a selector after a selector", "❤\ufe0f\ufe0f\ufe0e", "❤\ufe0f"],
    [
      "a mark of direction behind another invisible one",
      "क\u200c\u200eم 👩\ufe0e\u001b\u200eم א\u200e\u200fא",
      "क\u200cم 👩\ufe0eم א\u200eא",
    ],
    ["soft hyphens and fillers", "so\u00adft\u3164\u115f\u034f", "soft"],
    ["interlinear notes", "a\ufff9b\ufffac\ufffbd", "abcd"],
    ["noncharacters", "a\uffff\ufdd0\u{1fffe}b", "ab"],
    ["private use", "\ue000\u{f0000}", "\ufffd\ufffd"],
    ["lone surrogates", "a\ud800b\udc00", "a\ufffdb\ufffd"],
    ["carriage returns", "a\r\nb\rc\u2028d", "a\nb\nc\nd"],
    ["marks of direction in Latin text", "a\u200eb\u200fc", "abc"],
  ])("%s", (_, before, after) => {
    expect(shown(before)).toBe(after);
  });

  it("is counted", () => {
    const { notes } = present({ "a\u200b": "\u001b[1mx", b: ["\u202e"] }, {});
    expect(notes).toEqual({ cleaned: 6, redacted: 0, cut: 0, tooDeep: 0 });
    expect(present("a\r\nb", {}).notes.cleaned).toBe(0);
  });
});

describe("what stays", () => {
  it.each([
    ["line breaks and tabs", "a\n\tb"],
    ["joined emoji", "👩‍👩‍👧‍👦 👩🏽‍💻 🏳️‍🌈 ❤️‍🔥 🧑‍🚀"],
    ["keycaps, flags, skin tones", "1️⃣ #️⃣ 🇩🇪 👍🏿 ☎︎ ☎️"],
    ["flags of tags", "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}"],
    ["combining marks", "e\u0301 क्षि ก็ า̂̃"],
    ["Hebrew and Arabic", "שלום עולם، مرحبا بالعالم"],
    ["Persian with its non-joiner", "می\u200cخواهم"],
    ["Sinhala and Hindi joiners", "ක්\u200dෂ क्\u200dष"],
    ["direction marks beside Hebrew", "שלום\u200f! abc"],
    ["Chinese, Japanese, Korean", "漢字かな交じり文 한국어"],
    ["mathematics, boxes, braille", "∑∂√ ┌─┐ ⠿ x² 𝔸"],
    ["no-break and thin spaces", "10\u00a0000\u2009km"],
  ])("%s", (_, text) => {
    expect(shown(text)).toBe(text);
  });

  it("numbers, booleans, null and the shape", () => {
    const value = { a: [1, true, null, { b: "c" }], d: {} };
    expect(shown(value)).toEqual(value);
  });
});

describe("redaction, caps and depth", () => {
  const key = `glpat-${"aB3dE5gH7jK9mN1pQ2sT"}`;

  it("finds a credential that invisible characters hide", () => {
    const { value, notes } = present(`${key.slice(0, 8)}\u200b${key.slice(8)}`, {});
    expect(value).toBe("[REDACTED:gitlab]");
    expect(notes.redacted).toBe(1);
  });

  it("asks the policy of the viewer", () => {
    const policy = (value: Json) => ({
      value: JSON.parse(JSON.stringify(value).replaceAll("Ann", "<PERSON>")),
      found: { person: 1 },
    });
    expect(present({ who: "Ann" }, { policy })).toMatchObject({
      value: { who: "<PERSON>" },
      notes: { redacted: 1 },
    });
  });

  it("caps strings with a count, at no half of a character", () => {
    const { value, notes } = present("😀".repeat(100), { maxChars: 61 });
    expect(value).toBe(`${"😀".repeat(17)} [... 166 more characters]`);
    expect(notes.cut).toBe(166);
    expect(present("x".repeat(60), { maxChars: 60 }).notes.cut).toBe(0);
  });

  it("never shows the beginning of a credential that the cap would cut", () => {
    expect(JSON.stringify(shown(`${"x ".repeat(15)}${key}${" y".repeat(40)}`, 60))).not.toContain("glpat");
  });

  it("stops at 64 levels and says so", () => {
    let deep: Json = "x";
    for (let depth = 0; depth < 10_000; depth++) deep = depth % 2 ? [deep] : { deep };
    const { value, notes } = present(deep, {});
    expect(notes.tooDeep).toBe(1);
    expect(JSON.stringify(value)).toContain("[nested deeper than 64 levels]");
  });

  it("keeps keys apart and prototypes alone", () => {
    const value = JSON.parse('{"a":1,"a\\u200b":2,"__proto__":{"x":"y"}}');
    expect(JSON.stringify(shown(value))).toBe('{"a":1,"a (2)":2,"__proto__":{"x":"y"}}');
  });
});

/** Written apart from the cleaner: what may never come out, wherever it stands. */
const FORBIDDEN: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x115f, 0x1160],
  [0x200b, 0x200b],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xf8ff],
  [0xfdd0, 0xfdef],
  [0xfe00, 0xfe0d],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0xfffe, 0xffff],
  [0x40000, 0xe001f],
  [0xe0080, 0x10ffff],
];
/** Needed here and there, but never two in a row. */
const SINGLE = new Set([0x200c, 0x200d, 0x200e, 0x200f, 0xfe0e]);

function forbiddenIn(text: string): string[] {
  const points = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  return points
    .filter(
      (point, index) =>
        FORBIDDEN.some(([first, last]) => point >= first && point <= last) ||
        (SINGLE.has(point) && SINGLE.has(points[index + 1] ?? 0)),
    )
    .map((point) => point.toString(16));
}

const nasty = fc
  .array(
    fc.constantFrom(
      ..."\u001b[]m;?0ab\u0007\u009b\u009c\r\n\t\u200b\u200c\u200d\u200e\u200f\u202e\u2066\u2069\ufe0f\ufe0e\ufe01\ufeff\u00ad\ue000\u2028",
      "\ud83d",
      "\ude00",
      "😀",
      "👩",
      "🏽",
      "❤",
      "\u{E0067}",
      "\u{E007F}",
      "\u{1F3F4}",
      "\u{e0101}",
      "א",
      "م",
      "क",
      "्",
      "é",
      "漢",
      "1",
      "\u20e3",
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

describe("any value", () => {
  const text = fc.oneof(nasty, fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
  const json = fc.letrec<{ value: Json }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.constant(null),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(text, tie("value"), { maxKeys: 4 }),
    ),
  })).value;

  it("comes out clean, no longer than it was, and the same again", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 60, max: 90 }), (value, maxChars) => {
        const once = shown(value, maxChars);
        expect(forbiddenIn(String(once))).toEqual([]);
        expect(String(once).length).toBeLessThanOrEqual(Math.max(value.length, maxChars));
        expect(shown(once, maxChars)).toBe(once);
        expect(cleanText(value).text.length).toBeLessThanOrEqual(value.length);
      }),
      { numRuns: 3_000 },
    );
  });

  it("of any shape is presented once and for all", () => {
    fc.assert(
      fc.property(json, (value) => {
        const once = shown(value);
        expect(forbiddenIn(JSON.stringify(once))).toEqual([]);
        expect(JSON.stringify(shown(once))).toBe(JSON.stringify(once));
      }),
      { numRuns: 500 },
    );
  });
});

describe("untrusted", () => {
  it("carries a nonce that is new and nowhere inside", () => {
    const seen = new Set<string>();
    for (let n = 0; n < 50; n++) {
      const { nonce, ...rest } = untrusted({ text: "hello" }, {});
      expect(nonce).toMatch(/^[0-9a-f]{10}$/);
      expect(JSON.stringify(rest)).not.toContain(nonce);
      seen.add(String(nonce));
    }
    expect(seen.size).toBe(50);
    expect(createNonce()).not.toBe(createNonce());
  });

  it("does not let a value set the nonce, and says what was changed", () => {
    const answer = untrusted({ nonce: "mine", changed: "nothing", text: "a\u202eb" }, {});
    expect(answer["nonce"]).not.toBe("mine");
    expect(answer["changed"]).toEqual({ cleaned: 1 });
    expect(answer["text"]).toBe("ab");
    expect(untrusted({ text: "a" }, {})).not.toHaveProperty("changed");
  });
});
