import { canonicalJson } from "../canonical.ts";
import type { JsonObject } from "../model/json.ts";

/** What an editor does not show, or shows elsewhere than it stands. Joiners are parts of visible signs. */
const INVISIBLE = /(?!\t|\n|\u200C|\u200D)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
const EACH_INVISIBLE = new RegExp(INVISIBLE.source, "gu");

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff
    ? `\\U${code.toString(16).toUpperCase().padStart(8, "0")}`
    : `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`;
};

/**
 * A value as YAML that differs little when the value does: fields in their order, texts of several lines as literal
 * blocks, no folding, an empty line before each entry of the lists in `spaced`. A text that YAML (1.1 or 1.2) would
 * read as something else is quoted; what is invisible is written as an escape. Reads back as exactly the same value.
 * @param head comment lines before it.
 */
export async function yamlText(
  value: JsonObject,
  options: { readonly head: readonly string[]; readonly spaced: readonly string[] },
): Promise<string> {
  const { Document, isNode, isSeq, parse, Scalar, visit } = await import("yaml");
  const document = new Document(value, { aliasDuplicateObjects: false, compat: "yaml-1.1" });
  document.commentBefore = options.head.map((line) => ` ${line}`).join("\n");
  for (const field of options.spaced) {
    const list = document.get(field, true);
    if (!isSeq(list)) continue;
    for (const [i, item] of list.items.entries()) if (isNode(item) && i > 0) item.spaceBefore = true;
  }
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "string" && INVISIBLE.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  // Only texts in double quotes hold any of them now, and there an escape means the same.
  const text = document
    .toString({ lineWidth: 0, blockQuote: "literal", indentSeq: true })
    .replaceAll(EACH_INVISIBLE, escaped);
  if (canonicalJson(parse(text)) !== canonicalJson(value))
    throw new Error("the YAML that was written does not read back as the same");
  return text;
}
