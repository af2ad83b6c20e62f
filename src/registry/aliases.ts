import type { Context } from "../context.ts";
import { AppError, invalidInput } from "../errors.ts";
import type { Idempotency } from "../store/store.ts";

type Aliasing = Pick<Context, "store" | "project">;

/** Aliases share their table with the linked file; the prefix keeps them apart. */
const PREFIX = "alias:";

export interface Alias {
  readonly alias: string;
  readonly version: number;
  readonly movedUs: number;
}

export interface AliasMove {
  readonly alias: string;
  /** Null: there was none. */
  readonly from: number | null;
  /** Null: it was removed. */
  readonly to: number | null;
  readonly note: string | null;
  readonly movedUs: number;
  /** False: it stood there already. */
  readonly moved: boolean;
}

const versionOf = (value: string | null): number | null => (value === null ? null : Number(value));

const toAlias = ({
  pointer,
  value,
  movedUs,
}: {
  pointer: string;
  value: string;
  movedUs: number;
}): Alias[] =>
  pointer.startsWith(PREFIX)
    ? [{ alias: pointer.slice(PREFIX.length), version: Number(value), movedUs }]
    : [];

/** The aliases of a prompt, by name. */
export async function listAliases({ store, project }: Aliasing, name: string): Promise<Alias[]> {
  return (await store.records.pointers.list(project.id, "prompt", name)).flatMap(toAlias);
}

/** The aliases of all prompts, by the prompt's name. */
export async function allAliases({
  store,
  project,
}: Aliasing): Promise<ReadonlyMap<string, readonly Alias[]>> {
  const pointers = await store.records.pointers.list(project.id, "prompt");
  return Map.groupBy(
    pointers.flatMap((pointer) => toAlias(pointer).map((alias) => ({ ...alias, name: pointer.name }))),
    ({ name }) => name,
  );
}

/** Moves of a prompt's aliases, newest first. */
export async function aliasHistory(
  { store, project }: Aliasing,
  name: string,
  limit: number,
): Promise<Omit<AliasMove, "moved">[]> {
  const moves = await store.records.pointers.history(project.id, "prompt", name, limit);
  return moves.flatMap(({ pointer, from, to, note, movedUs }) =>
    pointer.startsWith(PREFIX)
      ? [{ alias: pointer.slice(PREFIX.length), from: versionOf(from), to: versionOf(to), note, movedUs }]
      : [],
  );
}

/**
 * Moves an alias to a version that exists; the move is recorded with where it stood, so that it can be rolled back.
 * @param expected where it must stand now (null: nowhere); undefined: wherever.
 * @throws AppError `conflict` when it stands elsewhere.
 */
export async function moveAlias(
  context: Aliasing,
  move: {
    readonly name: string;
    readonly alias: string;
    readonly version: number | null;
    readonly expected?: number | null | undefined;
    readonly note: string | null;
  },
  idempotency?: Idempotency,
): Promise<AliasMove> {
  const { name, alias, version, expected, note } = move;
  const asText = (value: number | null) => (value === null ? null : String(value));
  try {
    const moved = await context.store.records.pointers.move(
      {
        projectId: context.project.id,
        kind: "prompt",
        name,
        pointer: `${PREFIX}${alias}`,
        value: asText(version),
        expected: expected === undefined ? undefined : asText(expected),
        note,
      },
      idempotency,
    );
    return { ...moved, alias, from: versionOf(moved.from), to: versionOf(moved.to) };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "conflict") throw error;
    throw await standsElsewhere(context, move, error);
  }
}

async function standsElsewhere(
  context: Aliasing,
  { name, alias, expected }: { name: string; alias: string; expected?: number | null | undefined },
  cause: unknown,
): Promise<AppError> {
  const now = (await listAliases(context, name)).find((item) => item.alias === alias);
  const words = (version: number | null | undefined) => (version ? `${name}@${version}` : "no version");
  return new AppError(
    "conflict",
    `Alias ${alias} stands at ${words(now?.version)}, not at ${words(expected)}: it was moved meanwhile`,
    { hint: "Look at the version that it stands at, and decide again.", cause },
  );
}

/**
 * Moves an alias back to where it stood before its last move.
 * @throws AppError `invalid_input` when it never stood elsewhere, `conflict` when it is moved at the same time.
 */
export async function rollBackAlias(
  context: Aliasing,
  { name, alias, note }: { readonly name: string; readonly alias: string; readonly note: string | null },
): Promise<AliasMove> {
  const last = (await aliasHistory(context, name, 500)).find((move) => move.alias === alias);
  if (!last) throw invalidInput(`Alias ${alias} of ${name} was never moved`, "Nothing can be rolled back.");
  return moveAlias(context, {
    name,
    alias,
    version: last.from,
    expected: last.to,
    note: note ?? "rolled back",
  });
}
