import type { z } from "zod";
import { invalidInput } from "../errors.ts";
import { JudgeSpec, type ResolvedJudge } from "../model/judge.ts";
import type { VersionedRecord, VersionStore } from "../store/version-store.ts";
import { findBuiltin } from "./catalogue.ts";
import { type ResolveOptions, resolveJudge } from "./resolve.ts";
import { unknownJudge } from "./resolve-builtin.ts";

/** A saved or built-in judge by name (`correctness`, `mine@2`), or one written out. */
export type JudgeRef = string | z.input<typeof JudgeSpec>;

const MAX_JUDGES = 50;
const LISTED = 500;

async function savedNames(versions: VersionStore, projectId: string): Promise<readonly string[]> {
  const { items } = await versions.list({ projectId, kind: "judge", limit: LISTED });
  return items.map(({ name }) => name);
}

async function noVersion(versions: VersionStore, projectId: string, name: string, version: number) {
  const { items } = await versions.list({ projectId, kind: "judge", name, limit: LISTED });
  if (items.length > 0) {
    const known = items.map((record) => record.version).join(", ");
    return invalidInput(`The judge "${name}" has no version ${version}`, `It has: ${known}.`);
  }
  return findBuiltin(name)
    ? invalidInput(
        `"${name}" is a built-in judge, which has no versions`,
        `Name it "${name}"; save it under a name to have versions of it.`,
      )
    : unknownJudge(name, await savedNames(versions, projectId));
}

/**
 * The saved judge that a reference names, or the name of the built-in one.
 * @throws AppError `invalid_input` for an unknown name or version.
 */
export async function findSaved(
  versions: VersionStore,
  projectId: string,
  ref: string,
): Promise<VersionedRecord | string> {
  const [, name = ref, digits] = /^([^@]+)@(\d{1,9})$/.exec(ref) ?? [];
  const version = digits === undefined ? undefined : Number(digits);
  const record = await versions.get(projectId, "judge", name, version);
  if (record) return record;
  if (version !== undefined) throw await noVersion(versions, projectId, name, version);
  if (!findBuiltin(name)) throw unknownJudge(name, await savedNames(versions, projectId));
  return name;
}

async function resolveRef(
  versions: VersionStore,
  projectId: string,
  ref: JudgeRef,
  options: ResolveOptions,
): Promise<ResolvedJudge> {
  if (typeof ref !== "string") return await resolveJudge(ref, options);
  const found = await findSaved(versions, projectId, ref.trim());
  if (typeof found === "string") return await resolveJudge(found, options);
  return await resolveJudge(JudgeSpec.parse(found.body), options, found.version);
}

/**
 * The judges that a user names, in their order. A saved judge wins over a built-in of the same name.
 * @throws AppError `invalid_input` for an unknown name or version (with what was probably meant), for a name twice,
 * and for what `resolveJudge` refuses.
 */
export async function judgesFor(
  versions: VersionStore,
  projectId: string,
  refs: readonly JudgeRef[],
  options: ResolveOptions,
): Promise<readonly ResolvedJudge[]> {
  if (refs.length === 0 || refs.length > MAX_JUDGES)
    throw invalidInput(`${refs.length} judges were named`, `Name 1 to ${MAX_JUDGES}.`);
  const judges: ResolvedJudge[] = [];
  for (const ref of refs) {
    const judge = await resolveRef(versions, projectId, ref, options);
    if (judges.some(({ name }) => name === judge.name))
      throw invalidInput(
        `The judge "${judge.name}" is named twice`,
        "Verdicts are kept by a judge's name: write one of them out with a name of its own and builtin.",
      );
    judges.push(judge);
  }
  return judges;
}
