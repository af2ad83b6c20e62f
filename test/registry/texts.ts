/** What must come through every path as it is. */
export const DOGS: Readonly<Record<string, string>> = {
  empty: "",
  "a newline": "\n",
  "no newline at the end": "Be kind.\nBe brief.",
  "a newline at the end": "Be kind.\n",
  variables: "Hello {{name}}, your order is {{ order.id }}.",
  "JSON braces": '{"a": {"b": [1, {}]}} and }} {{ { {{}} {{1x}} {{{x}}}',
  "replacement patterns": "$& $1 $$ $` $' $<name> \\1 \\g<0>",
  "code fences": "```json\n{}\n```\n~~~\n<<<END>>>\n",
  quotes: "'single' \"double\" `tick` \"\"\"three\"\"\" '''more''' it's",
  "quotes at the ends": '"quoted"',
  backslashes: "C:\\new\\table \\ \\\\ \\n \\u0041 ends with \\",
  interpolation: `\${name} \${a\${b}} #{x} %s {0} {name!r}`,
  "windows lines": "first\r\nsecond\r\n",
  "mixed lines": "a\r\nb\nc\rd",
  unicode: "Grüße 日本語 👩‍👩‍👧 é é 🏴󠁧󠁢󠁥󠁮󠁧󠁿 العربية",
  "yaml marks": "--- # no comment: [x] & * ! | > % @\n- a: b\n  c\n\n\n",
  "indented first line": "   indented\n\ttab\n trailing   \n",
};

/** Also these; what shows them to an assistant cleans them, files and HTTP keep them. */
export const HIDDEN: Readonly<Record<string, string>> = {
  "control characters": "bell\u0007 escape\u001b[31mred\u001b[0m nul\u0000 del\u007f",
  "hidden characters": "zero\u200bwidth \u202ertl\u202c bom\ufeff tag\u{e0041} sep\u2028para\u2029 nel\u0085",
};

/** A megabyte, with a bit of everything in it. */
export const LONG = Array.from(
  { length: 9_000 },
  (_, n) => `${n}: {{name}} $& \\ "q" 日本 ${"lorem ipsum ".repeat(7)}\n`,
).join("");
