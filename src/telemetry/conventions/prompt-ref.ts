import type { PromptRef } from "../../model/span.ts";

/** A named prompt; `name@version` says both. */
export function promptRef(name: string | undefined, version?: string | undefined): PromptRef[] | undefined {
  if (name === undefined) return undefined;
  const at = version === undefined ? name.lastIndexOf("@") : -1;
  return at > 0
    ? [{ name: name.slice(0, at), version: name.slice(at + 1) || null }]
    : [{ name, version: version ?? null }];
}
