import { z } from "zod";
import type { Json } from "../../model/json.ts";

/** A passage of a component's present text and what stands there instead. */
export const TextEdit = z.object({ component: z.string(), find: z.string().min(1), replace: z.string() });
export type TextEdit = z.infer<typeof TextEdit>;

const Listed = z.array(z.object({ name: z.string(), text: z.string() }));

const AnswerObject = z
  .object({
    hypothesis: z.string().nullish(),
    components: z.union([z.record(z.string(), z.string()), Listed]).optional(),
    edits: z.array(TextEdit).optional(),
  })
  .refine(({ components, edits }) => components !== undefined || edits !== undefined);

/** What an answer says, before anything is checked against the order. All of it is untrusted. */
export interface SaidAnswer {
  readonly hypothesis: string | null;
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  readonly edits: readonly TextEdit[];
}

/** An answer as an object of JSON: `components` by name or as a list of name and text, `edits`, or both. Else null. */
export function readAnswerObject(value: Json): SaidAnswer | null {
  const { data } = AnswerObject.safeParse(value);
  if (data === undefined) return null;
  const { hypothesis, components = [], edits = [] } = data;
  const texts = Array.isArray(components)
    ? components
    : Object.entries(components).map(([name, text]) => ({ name, text }));
  return { hypothesis: hypothesis ?? null, texts, edits };
}
