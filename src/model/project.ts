import { z } from "zod";

/** Where spans go that name no project. */
export const UNSORTED = "unsorted";

export const Project = z.object({
  /** Stable: configured name, or `slug-hash` of the origin URL or of the folder's real path. */
  id: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,79}$/),
  /** For display only; two projects may share it. */
  slug: z.string(),
});
export type Project = z.infer<typeof Project>;
