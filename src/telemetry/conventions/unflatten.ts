import type { Json, JsonObject } from "../../model/json.ts";

const MAX_DEPTH = 16;

type Tree = Map<string, Tree | { readonly leaf: Json }>;

/**
 * Attributes `PREFIX.0.message.role`, `PREFIX.0.message.content`, ... as one nested value. Levels whose keys are all
 * whole numbers become lists in the order of the numbers, however far apart these are. Null when there is no such
 * attribute.
 */
export function unflatten(attributes: JsonObject, prefix: string): Json {
  const root: Tree = new Map();
  const start = `${prefix}.`;
  for (const key of Object.keys(attributes)) {
    if (key.startsWith(start)) put(root, key.slice(start.length).split("."), attributes[key] ?? null);
  }
  return root.size === 0 ? null : toJson(root);
}

function put(root: Tree, path: readonly string[], leaf: Json): void {
  let level = root;
  const steps =
    path.length > MAX_DEPTH ? [...path.slice(0, MAX_DEPTH - 1), path.slice(MAX_DEPTH - 1).join(".")] : path;
  for (const step of steps.slice(0, -1)) {
    let next = level.get(step);
    // A name that is both a value and a level keeps the level: it says more.
    if (!(next instanceof Map)) {
      next = new Map();
      level.set(step, next);
    }
    level = next;
  }
  const last = steps.at(-1) ?? "";
  if (!level.has(last)) level.set(last, { leaf });
}

function toJson(tree: Tree): Json {
  const entries = [...tree].map(([key, node]): [string, Json] => [
    key,
    node instanceof Map ? toJson(node) : node.leaf,
  ]);
  if (entries.every(([key]) => /^\d{1,9}$/.test(key))) {
    return entries.sort(([a], [b]) => Number(a) - Number(b)).map(([, value]) => value);
  }
  return Object.fromEntries(entries);
}
