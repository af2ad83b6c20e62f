import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { RetrievedDocument } from "../../model/span.ts";
import { clip, newAllowance } from "./clip.ts";
import { firstObject, firstText, firstValue } from "./messages/fields.ts";

const MAX_DOCUMENTS = 1_000;

/**
 * Retrieved documents of any shape: OTel `{id, score}`, OpenInference `{document: {...}}`, LangChain
 * `{page_content, metadata}`, MLflow, plain texts. Null when the value is no list of documents.
 */
export function parseDocuments(value: Json | undefined): RetrievedDocument[] | null {
  const list = isJsonObject(value) ? firstValue(value, "documents", "results", "matches", "nodes") : value;
  if (!Array.isArray(list) || list.length === 0) return null;
  const documents = list.slice(0, MAX_DOCUMENTS).flatMap((item): RetrievedDocument[] => {
    if (typeof item === "string") return [{ id: null, content: item, score: null }];
    return isJsonObject(item) ? [parseDocument(firstObject(item, "document") ?? item)] : [];
  });
  return documents.length > 0 ? documents : null;
}

function parseDocument(item: JsonObject): RetrievedDocument {
  const content = firstValue(item, "content", "page_content", "text", "pageContent", "body");
  const score = firstValue(item, "score", "relevance_score", "similarity", "relevanceScore");
  const metadata = firstValue(item, "metadata");
  const id = firstValue(item, "id", "document_id", "doc_uri", "url", "href");
  const number = typeof score === "string" ? Number(score) : score;
  return {
    id: typeof id === "string" || typeof id === "number" ? String(id) : (firstText(item, "title") ?? null),
    content:
      typeof content === "string"
        ? content
        : content === undefined
          ? null
          : JSON.stringify(clip(content, newAllowance())),
    score: typeof number === "number" && Number.isFinite(number) ? number : null,
    ...(metadata === undefined ? {} : { metadata: clip(metadata, newAllowance()) }),
  };
}
