import { isJsonObject, type Json } from "../model/json.ts";

/** A target file, where it was planned for somebody who may run programs. */
const isTarget = (value: { readonly [key: string]: Json }): boolean =>
  typeof value["path"] === "string" && "allowRealSideEffects" in value && value["allowCommands"] !== false;

/**
 * Whether a job's input makes it start programs of the repository: a target file, a judge that is a program, however deep
 * it stands, or its own word for it (`startsPrograms`).
 */
export function runsPrograms(input: Json): boolean {
  if (Array.isArray(input)) return input.some(runsPrograms);
  if (!isJsonObject(input)) return false;
  return (
    input["startsPrograms"] === true ||
    input["builtin"] === "command" ||
    isTarget(input) ||
    Object.values(input).some(runsPrograms)
  );
}
