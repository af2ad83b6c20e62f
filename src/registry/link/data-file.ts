import { isDeepStrictEqual } from "node:util";
import { Composer, CST, type Document, isScalar, Parser, type Scalar } from "yaml";
import { invalidInput } from "../../errors.ts";
import { parsePath, valueAt } from "../../judges/json-path.ts";
import { isJsonObject, Json } from "../../model/json.ts";
import { escapeUnsafe, type Located, UNSAFE, withLinesOf } from "./located.ts";

interface Opened {
  readonly tokens: readonly CST.Token[];
  readonly document: Document.Parsed;
  readonly value: Json;
}

/** JSON is read as the YAML that it is: what the parser keeps of the source is kept when it is written again. */
function open(source: string, version: "1.1" | "1.2" = "1.2"): Opened | undefined {
  const tokens = [...new Parser().parse(source)];
  const documents = [...new Composer({ keepSourceTokens: true, version }).compose(tokens)];
  const [document] = documents;
  if (!document || documents.length > 1 || document.errors.length > 0) return undefined;
  try {
    return { tokens, document, value: Json.parse(document.toJS()) };
  } catch {
    return undefined;
  }
}

type Style = Scalar.Type;

/** How a text may stand, the first that fits: as it stood, as a block where it has lines, quoted with escapes. */
function stylesFor(text: string, now: Style, isJson: boolean): readonly Style[] {
  if (isJson || text.search(UNSAFE) >= 0) return ["QUOTE_DOUBLE"];
  const block = text.includes("\n") && !text.includes("\r") ? (["BLOCK_LITERAL"] as const) : [];
  return now.startsWith("BLOCK") ? [now, ...block, "QUOTE_DOUBLE"] : [...block, now, "QUOTE_DOUBLE"];
}

interface Place {
  readonly steps: readonly string[];
  readonly isJson: boolean;
}

const found = ({ document }: Opened, steps: readonly string[]): Scalar | undefined => {
  const node = document.getIn(steps, true);
  return isScalar(node) ? node : undefined;
};

/** The spaces before a block's lines; undefined for other scalars, and where its header says how many there are. */
function blockIndent(token: CST.Token): string | undefined {
  if (token.type !== "block-scalar") return undefined;
  if (token.props.some((prop) => prop.type === "block-scalar-header" && /\d/.test(prop.source)))
    return undefined;
  return /^(?: *\r?\n)*( +)[^ \r\n]/.exec(token.source)?.[1];
}

/** A block's lines as far in as those before it were. */
function indentBlock(token: CST.Token, indent: string | undefined): void {
  const now = blockIndent(token);
  if (token.type !== "block-scalar" || indent === undefined || now === undefined) return;
  token.source = token.source
    .split("\n")
    .map((line) => (line.startsWith(now) ? indent + line.slice(now.length) : line))
    .join("\n");
}

function write(source: string, { steps, isJson }: Place, text: string, style: Style): string | undefined {
  const opened = open(source);
  const token = opened && found(opened, steps)?.srcToken;
  if (!opened || !token) return undefined;
  const indent = blockIndent(token);
  CST.setScalarValue(token, text, { afterKey: true, inFlow: isJson, type: style });
  indentBlock(token, indent);
  if (token.type === "double-quoted-scalar") token.source = escapeUnsafe(JSON.stringify(text));
  return withLinesOf(source, opened.tokens.map(CST.stringify).join(""));
}

/** All but the one value is as it was, and that value is the text. */
function isOnlyChange(before: Json, after: Json, steps: readonly string[], text: string): boolean {
  if (valueAt(after, steps) !== text) return false;
  return isDeepStrictEqual(without(before, steps), without(after, steps));
}

function without(value: Json, [step, ...rest]: readonly string[]): Json {
  if (step === undefined) return null;
  if (Array.isArray(value)) return value.map((item, i) => (String(i) === step ? without(item, rest) : item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, key === step ? without(item, rest) : item]),
  );
}

/** `yes` and `1:30` are texts in YAML 1.2 and none in 1.1, which most of Python reads. */
const isTextEverywhere = (written: string, steps: readonly string[], text: string): boolean => {
  const old = open(written, "1.1");
  return old !== undefined && valueAt(old.value, steps) === text;
};

function replaced(source: string, place: Place, before: Opened, text: string): string | undefined {
  const { steps, isJson } = place;
  const style = found(before, steps)?.type;
  for (const candidate of stylesFor(text, isStyle(style) ? style : "PLAIN", isJson)) {
    const written = write(source, place, text, candidate);
    const after = written === undefined ? undefined : open(written);
    if (written === undefined || !after || !isOnlyChange(before.value, after.value, steps, text)) continue;
    if (candidate !== "PLAIN" || isTextEverywhere(written, steps, text)) return written;
  }
  return undefined;
}

const STYLES: readonly string[] = [
  "BLOCK_FOLDED",
  "BLOCK_LITERAL",
  "PLAIN",
  "QUOTE_DOUBLE",
  "QUOTE_SINGLE",
] satisfies Style[];
const isStyle = (style: unknown): style is Style => typeof style === "string" && STYLES.includes(style);

const isJsonText = (source: string): boolean => {
  try {
    JSON.parse(source);
    return true;
  } catch {
    return false;
  }
};

/**
 * The text at a key path of a YAML or JSON file; comments, order, quoting and layout of all else stay.
 * @throws AppError `invalid_input` when the file or the path is not such.
 */
export function dataFile(source: string, path: string, isJson: boolean): Located {
  const steps = parsePath(path);
  if (!steps)
    throw invalidInput(
      `"${path.slice(0, 80)}" is no key path`,
      "Write agents.support.prompt or messages[0].content.",
    );
  const opened = isJson && !isJsonText(source) ? undefined : open(source);
  if (!opened)
    throw invalidInput(
      `The linked file is not ${isJson ? "JSON" : "one YAML document without errors"}`,
      "Mend the file, or link to another.",
    );
  const text = valueAt(opened.value, steps);
  if (typeof text !== "string" || !found(opened, steps))
    throw invalidInput(
      `The linked file has no text of its own at "${path.slice(0, 80)}"`,
      text === undefined
        ? `Keys of the file: ${keysOf(opened.value)}.`
        : "Link to a text, not to an alias or another value.",
    );
  return { text, replaced: (next) => replaced(source, { steps, isJson }, opened, next) };
}

const keysOf = (value: Json): string =>
  isJsonObject(value)
    ? Object.keys(value)
        .filter((key) => /^[\w-]{1,40}$/.test(key))
        .slice(0, 10)
        .join(", ") || "none that can be named"
    : "none";
