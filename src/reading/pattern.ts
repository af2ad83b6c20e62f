import vm from "node:vm";
import { invalidInput } from "../errors.ts";

export interface Hit {
  readonly start: number;
  readonly end: number;
}

export interface Found {
  /** All hits in the text. */
  readonly count: number;
  /** The first few. */
  readonly hits: readonly Hit[];
}

export interface Matcher {
  find(text: string, keep: number): Found;
}

const MAX_PATTERN = 300;
/** Time for all texts of one search together; ordinary patterns take a small part of it. */
const MAX_SEARCH_MS = 1_000;
const FLAGS = /^[imsuv]*$/;

const slow = () =>
  invalidInput(
    "The pattern took too long",
    "Use plain text, or a pattern without repeats inside of repeats.",
  );

/** Case-insensitive plain text; hits do not overlap. */
function plain(pattern: string): Matcher {
  // The regular expression folds case without changing lengths, which lowering both texts would.
  const escaped = new RegExp(pattern.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "giu");
  return {
    find(text, keep) {
      let count = 0;
      const hits: Hit[] = [];
      for (const match of text.matchAll(escaped)) {
        count += 1;
        if (hits.length < keep) hits.push({ start: match.index, end: match.index + match[0].length });
      }
      return { count, hits };
    },
  };
}

const SEARCH = `
  let count = 0;
  const found = [];
  for (const match of text.matchAll(expression)) {
    if (match[0].length === 0) continue;
    count += 1;
    if (found.length < keep * 2) found.push(match.index, match.index + match[0].length);
  }
  found.unshift(count);
  found.join();
`;

/**
 * A regular expression that cannot hang the process: V8 checks for termination while it backtracks, so a vm
 * script's time limit ends it. The context has nothing but the text; only numbers come back.
 */
function expression(source: string, flags: string): Matcher {
  let made: RegExp;
  try {
    made = new RegExp(source, [...new Set(`g${flags}`)].join(""));
  } catch {
    throw invalidInput(
      "The pattern is no valid regular expression",
      "Write /regex/flags as in JavaScript, or plain text.",
    );
  }
  const sandbox = { text: "", keep: 0, expression: made };
  const context = vm.createContext(sandbox, { codeGeneration: { strings: false, wasm: false } });
  const script = new vm.Script(
    SEARCH.replace("let count", "expression.lastIndex = 0; let count").replace(/^/, "{").concat("}"),
  );
  let leftMs = MAX_SEARCH_MS;
  return {
    find(text, keep) {
      sandbox.text = text;
      sandbox.keep = keep;
      const began = performance.now();
      try {
        const [count = 0, ...ends] = String(
          script.runInContext(context, { timeout: Math.max(1, Math.floor(leftMs)) }),
        )
          .split(",")
          .map(Number);
        const hits = Array.from({ length: ends.length / 2 }, (_, i) => ({
          start: ends[i * 2] ?? 0,
          end: ends[i * 2 + 1] ?? 0,
        }));
        return { count, hits };
      } catch {
        throw slow();
      } finally {
        sandbox.text = "";
        leftMs -= performance.now() - began;
        if (leftMs <= 0) leftMs = 1;
      }
    },
  };
}

/**
 * Plain text (any case), or `/regex/flags` with the flags i, m, s, u, v. Throws `invalid_input` for an empty, too long
 * or malformed pattern, and while searching when a pattern backtracks for more than a second in all.
 */
export function toMatcher(pattern: string): Matcher {
  if (pattern.trim() === "") throw invalidInput("The pattern is empty", "Give text or /regex/flags.");
  if (pattern.length > MAX_PATTERN)
    throw invalidInput(
      `The pattern is longer than ${MAX_PATTERN} characters`,
      "Search for a shorter part of it.",
    );
  const parts = /^\/(.+)\/([a-z]*)$/s.exec(pattern);
  if (!parts) return plain(pattern);
  const [, source = "", flags = ""] = parts;
  if (!FLAGS.test(flags))
    throw invalidInput("The pattern has an unknown flag", "Allowed after /regex/: i, m, s, u, v.");
  return expression(source, flags);
}
