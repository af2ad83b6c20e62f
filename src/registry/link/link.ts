import { extname } from "node:path";
import { invalidInput } from "../../errors.ts";

/** Where in the user's repository a prompt's text stands. */
export interface PromptLink {
  /** Relative to the root of the repository. */
  readonly path: string;
  /** A constant of a program, a key path of YAML or JSON; null: the whole file is the text. */
  readonly symbol: string | null;
}

const KINDS: ReadonlyMap<string, "data" | "python" | "javascript"> = new Map([
  ...[".yaml", ".yml", ".json"].map((extension) => [extension, "data"] as const),
  ...[".py", ".pyi"].map((extension) => [extension, "python"] as const),
  ...[".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"].map(
    (extension) => [extension, "javascript"] as const,
  ),
]);

const EXAMPLES =
  "Examples: prompts/support.md, config.yaml#agents.support.prompt, src/prompts.ts#SYSTEM_PROMPT, app/prompts.py#SYSTEM_PROMPT.";

export type LinkKind = "text" | "data" | "python" | "javascript";

/** @throws AppError `invalid_input` when the path and what follows its `#` do not fit each other. */
export function kindOfLink({ path, symbol }: PromptLink): LinkKind {
  const kind = KINDS.get(extname(path).toLowerCase()) ?? "text";
  if (symbol === null) {
    if (kind === "python" || kind === "javascript")
      throw invalidInput("A program's whole file is no prompt", `Name the constant. ${EXAMPLES}`);
    return "text";
  }
  if (kind === "text")
    throw invalidInput("Only YAML, JSON, Python, TypeScript and JavaScript files have symbols", EXAMPLES);
  if (kind !== "data" && !/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(symbol))
    throw invalidInput(`"${symbol.slice(0, 80)}" is no name of a constant`, EXAMPLES);
  return kind;
}

/**
 * `PATH` or `PATH#SYMBOL`.
 * @throws AppError `invalid_input` for what cannot be a link.
 */
export function parseLink(text: string): PromptLink {
  const at = text.lastIndexOf("#");
  const link =
    at < 0 ? { path: text, symbol: null } : { path: text.slice(0, at), symbol: text.slice(at + 1) };
  if (link.path === "" || link.symbol === "" || /[\0\n\r]/.test(text))
    throw invalidInput("A link to a file is PATH or PATH#SYMBOL", EXAMPLES);
  kindOfLink(link);
  return link;
}

export const linkText = ({ path, symbol }: PromptLink): string =>
  symbol === null ? path : `${path}#${symbol}`;
