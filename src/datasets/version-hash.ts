import { hashOf } from "../canonical.ts";
import type { Example } from "../model/example.ts";

/** Over all that makes a dataset's version, in order: equal hashes are one version. */
export const hashOfVersion = (examples: readonly Example[]): string =>
  hashOf(
    examples.map(({ id, hash, tags, role, split, group, origin, recorded }) => [
      id,
      hash,
      tags,
      role,
      split,
      group,
      origin,
      recorded,
    ]),
  );
