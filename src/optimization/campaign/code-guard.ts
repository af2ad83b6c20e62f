import type { Repository } from "../../targets/repository.ts";
import { patchBetween } from "../../targets/working-tree.ts";
import { findCopied } from "../reflection/copied.ts";
import type { GuardOptions } from "../reflection/guard.ts";

const addedLines = (patch: string): string =>
  patch
    .split("\n")
    .filter((line) => line.startsWith("+") && !line.startsWith("+++ "))
    .map((line) => line.slice(1))
    .join("\n");

export type CodeObjection = (parent: string, code: string) => Promise<string | null>;

/** Why a candidate of code may not be evaluated, in words of ours: what it adds is held to the copy guards of texts. */
export function createCodeGuard(repository: Repository, { training, holdout }: GuardOptions): CodeObjection {
  return async (parent, code) => {
    const added = addedLines(await patchBetween(repository, parent, code));
    const sealed = holdout === undefined ? null : findCopied(added, holdout);
    if (sealed !== null)
      return `the files hold ${sealed.words} words of the sealed holdout; take them out, and find out how they came there`;
    const copied = training === undefined ? null : findCopied(added, training);
    return (
      copied &&
      `the files copy ${copied.words} words of a training case; write the rule behind the case, in other words`
    );
  };
}
