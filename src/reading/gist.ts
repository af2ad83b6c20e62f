import type { Json } from "../model/json.ts";
import type { ContentId, ContentRef, TraceStore } from "../store/store.ts";
import { looseText } from "./loose-json.ts";
import { argumentsText, contentItems, type Item, itemText, valueText } from "./message-text.ts";
import { oneLine } from "./short.ts";
import { contentsOf } from "./store-pages.ts";
import type { TreeNode } from "./tree.ts";

/** What went into and came out of a span, each on one line of at most `LONGEST` characters. */
export interface Gist {
  readonly asked: string;
  readonly answered: string;
}

/** The longest that any digest shows; more is not kept. */
const LONGEST = 3_600;

const textsOf = (items: readonly Item[]): string =>
  items.flatMap((item) => (item.type === "text" || item.type === "compaction" ? [item.text] : [])).join(" ");

/** Only what a person or program newly said: results and the agent's own words have their own lines. */
function askedOf(node: TreeNode, value: Json): string {
  if (node.kind === "tool" || node.kind === "retrieval") return argumentsText(value);
  const { items } = contentItems(value, "user");
  return textsOf(items.filter((item) => item.type !== "text" || item.role === "user"));
}

function answeredOf(node: TreeNode, values: readonly Json[], spanCalls: ReadonlySet<string>): string {
  if (node.kind === "tool" || node.kind === "retrieval") return values.map(valueText).join(" ");
  // What a wrapper gives back may be the whole history; its last message is the answer.
  const said = node.kind === "llm" ? values : values.slice(-1);
  return (
    said
      .flatMap((value) => contentItems(value, "assistant").items)
      // A call that has a span of its own shows there.
      .filter((item) => item.type !== "call" || item.id === null || !spanCalls.has(item.id))
      .filter((item) => item.type !== "result" || node.kind !== "llm")
      .map((item) => (item.type === "call" ? `-> ${itemText(item)}` : itemText(item)))
      .join(" ")
  );
}

const keep = (text: string): string => oneLine(looseText(text), LONGEST).text;

/** Reads what the given spans say, each distinct content once, keeping one short line of each. */
export async function readGists(
  store: TraceStore,
  projectId: string,
  nodes: readonly TreeNode[],
): Promise<ReadonlyMap<string, Gist>> {
  const spanCalls = new Set(
    nodes.flatMap((node) => (node.kind === "tool" && node.toolCallId ? [node.toolCallId] : [])),
  );
  const gists = new Map<string, Gist>();
  const some = 50;
  for (let from = 0; from < nodes.length; from += some) {
    const batch = nodes.slice(from, from + some);
    const refs: ContentRef[] = batch.flatMap((node) => [
      ...(node.asked ? [node.asked] : []),
      ...node.answered,
    ]);
    const values = new Map<ContentId, Json>();
    for await (const contents of contentsOf(store, projectId, refs))
      for (const [id, value] of contents) values.set(id, value);
    for (const node of batch) {
      const answered = node.answered.map((ref) => values.get(ref.id) ?? null);
      gists.set(node.spanId, {
        asked: node.asked ? keep(askedOf(node, values.get(node.asked.id) ?? null)) : "",
        answered: keep(answeredOf(node, answered, spanCalls)),
      });
    }
  }
  return withoutRepeats(nodes, gists);
}

/** Wrappers say again what their calls say: a question shows at the outermost span, an answer at the innermost. */
function withoutRepeats(
  nodes: readonly TreeNode[],
  gists: ReadonlyMap<string, Gist>,
): ReadonlyMap<string, Gist> {
  const asked = new Set<string>();
  const answers = new Set(
    nodes.flatMap((node) =>
      node.kind === "llm" || node.kind === "tool" ? [gists.get(node.spanId)?.answered ?? ""] : [],
    ),
  );
  const shown = new Map<string, Gist>();
  for (const node of nodes) {
    const gist = gists.get(node.spanId);
    if (!gist) continue;
    const isWrapper = node.kind !== "llm" && node.kind !== "tool";
    const repeatsQuestion = node.kind !== "tool" && asked.has(gist.asked);
    if (node.kind !== "tool") asked.add(gist.asked);
    shown.set(node.spanId, {
      asked: repeatsQuestion ? "" : gist.asked,
      answered: isWrapper && answers.has(gist.answered) ? "" : gist.answered,
    });
  }
  return shown;
}
