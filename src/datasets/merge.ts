import { invalidInput, notFound } from "../errors.ts";
import type { Example } from "../model/example.ts";
import type { Json } from "../model/json.ts";
import type { Store } from "../store/store.ts";
import { hashOfContent } from "./draft.ts";
import { expectationName, expectationValue } from "./expectations.ts";

export interface ExampleEdit {
  readonly id: string;
  /** By name; null takes one away. */
  readonly expectations: Readonly<Record<string, Json>>;
}

export interface Changes {
  readonly added: readonly Example[];
  readonly edits: readonly ExampleEdit[];
  readonly removed: readonly string[];
}

export interface Merged {
  readonly examples: readonly Example[];
  readonly counts: { added: number; replaced: number; edited: number; removed: number; unchanged: number };
}

/** All examples of a version, in its order. */
export async function readAllExamples(
  store: Store,
  projectId: string,
  name: string,
  version: number,
  splits: readonly Example["split"][] = ["train", "validation", "holdout"],
): Promise<Example[]> {
  const examples: Example[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.records.datasets.readExamples({
      projectId,
      name,
      version,
      splits,
      limit: 1_000,
      cursor,
    });
    examples.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return examples;
}

function edited(example: Example, edit: ExampleEdit): Example {
  const stated = Object.entries(edit.expectations).map(([name, value]) => {
    const known = expectationName(name);
    return [known, expectationValue(known, value)] as const;
  });
  const merged = Object.entries({ ...example.expectations, ...Object.fromEntries(stated) });
  const expectations = Object.fromEntries(merged.filter(([, value]) => value !== null));
  const changed = { ...example, expectations };
  return { ...changed, hash: hashOfContent(changed) };
}

function checkOpen(base: ReadonlyMap<string, Example>, ids: readonly string[], isRetired: boolean): void {
  for (const id of ids) {
    const example = base.get(id);
    if (!example) throw notFound("example", id, "get_record with kind dataset lists the examples.");
    if (example.split === "holdout" && !isRetired)
      throw invalidInput(
        "A holdout example cannot be edited or removed",
        "It stays sealed until a person retires it.",
      );
  }
}

/**
 * The next version of a dataset: what was there, edited, without the removed, and the added; one that comes again (the
 * same id) replaces what was there, but keeps expectations that it does not state itself.
 * @param isRetired whether a person has opened the holdout.
 * @throws AppError `not_found` for an edit of an unknown example, `invalid_input` for one of the sealed holdout.
 */
export function mergeExamples(base: readonly Example[], changes: Changes, isRetired = false): Merged {
  const before = new Map(base.map((example) => [example.id, example]));
  checkOpen(before, [...changes.edits.map(({ id }) => id), ...changes.removed], isRetired);
  const removed = new Set(changes.removed);
  const edits = new Map(changes.edits.map((edit) => [edit.id, edit]));
  const next = new Map<string, Example>();
  for (const example of base) {
    const edit = edits.get(example.id);
    if (!removed.has(example.id)) next.set(example.id, edit ? edited(example, edit) : example);
  }
  const counts = { added: 0, replaced: 0, edited: edits.size, removed: removed.size, unchanged: 0 };
  for (const example of changes.added) {
    const known = next.get(example.id);
    if (!known) counts.added += 1;
    else if ((known.split === "holdout" && !isRetired) || known.hash === example.hash) {
      counts.unchanged += 1;
      continue;
    } else counts.replaced += 1;
    const expectations = { ...known?.expectations, ...example.expectations };
    const merged = { ...example, expectations };
    next.set(example.id, { ...merged, hash: hashOfContent(merged) });
  }
  return { examples: [...next.values()], counts };
}
