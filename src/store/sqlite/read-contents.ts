import type { Database } from "better-sqlite3";
import { isJsonObject, type Json } from "../../model/json.ts";
import type { ContentId, ContentRef } from "../store.ts";
import { expandText } from "./compress.ts";
import { chainReader } from "./read-chain.ts";

interface ContentRow {
  readonly deflated: number;
  readonly data: Uint8Array;
}

export interface ContentReader {
  /** Exact text of a content; undefined when there is none. */
  text(id: number): string | undefined;
  json(id: number | null): Json;
  /** The values of a chain in order; null for none. */
  list(chain: number | null): Json[] | null;
  texts(chain: number): readonly string[];
  /** As `json` and `text`, of a project only. */
  ofProject(project: number, id: ContentId): Json | undefined;
}

export function contentReader(db: Database): ContentReader {
  const find = db.prepare<[number], ContentRow>("SELECT deflated, data FROM content WHERE id = ?");
  const owner = db.prepare<[number], number>("SELECT project FROM content WHERE id = ?").pluck();
  const readChain = chainReader(db);
  const text = (id: number): string | undefined => {
    const row = find.get(id);
    return row && expandText(row.data, row.deflated);
  };
  const json = (id: number | null): Json => {
    const found = id === null ? undefined : text(id);
    return found === undefined ? null : JSON.parse(found);
  };
  return {
    text,
    json,
    list: (chain) => (chain === null ? null : readChain(chain).map(json)),
    texts: (chain) => readChain(chain).map((id) => text(id) ?? ""),
    ofProject(project, id) {
      const key = /^[1-9]\d{0,15}$/.test(id) ? Number(id) : 0;
      return owner.get(key) === project ? json(key) : undefined;
    },
  };
}

interface Node {
  readonly parent: number | null;
  readonly content: number;
  readonly chars: number;
}

export interface RefReader {
  content(id: number | null): ContentRef | null;
  list(chain: number | null): readonly ContentRef[];
}

/** References for one page of spans: nodes that its lists share are read once, and so are their references. */
export function refReader(db: Database): () => RefReader {
  const chars = db.prepare<[number], number>("SELECT chars FROM content WHERE id = ?").pluck();
  const node = db.prepare<[number], Node>(
    `SELECT chain.parent, chain.content, content.chars FROM chain
     JOIN content ON content.id = chain.content WHERE chain.id = ?`,
  );
  return () => {
    const refs = new Map<number, ContentRef>();
    const nodes = new Map<number, Node | undefined>();
    const refOf = (id: number, length: number): ContentRef => {
      const ref = refs.get(id) ?? { id: String(id), chars: length };
      refs.set(id, ref);
      return ref;
    };
    return {
      content: (id) => (id === null ? null : refOf(id, chars.get(id) ?? 0)),
      list(chain) {
        const found: ContentRef[] = [];
        for (let id = chain; id !== null; ) {
          const step = nodes.get(id) ?? node.get(id);
          nodes.set(id, step);
          if (!step) break;
          found.push(refOf(step.content, step.chars));
          id = step.parent;
        }
        return found.reverse();
      },
    };
  };
}

/** The properties of a stored object, without a prototype's. */
export const toRecord = (value: Json): Record<string, Json> => (isJsonObject(value) ? value : {});
