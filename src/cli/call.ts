import { z } from "zod";
import { tools } from "#tools";
import { callTool } from "../app/call-tool.ts";
import { openApp } from "../app/open.ts";
import { invalidInput } from "../errors.ts";
import type { Json, JsonObject } from "../model/json.ts";
import type { Tool } from "../tool.ts";
import { printAnswer } from "./print.ts";

/**
 * `key=value`: JSON where the argument may be that, else text, else a list of one. `filter=status = error` needs no
 * quotes of its own, nor does an id of digits.
 */
function readArguments({ input }: Tool, pairs: readonly string[]): JsonObject {
  const result: JsonObject = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 1)
      throw invalidInput(`"${pair.slice(0, 60)}" is not key=value`, "Example: limit=5 level=sessions.");
    const [name, text] = [pair.slice(0, at), pair.slice(at + 1)];
    const [field, value] = [input.shape[name], readValue(text)];
    const fits = (read: Json): boolean => field instanceof z.ZodType && field.safeParse(read).success;
    // What fits nowhere is refused as it was most likely meant.
    result[name] = [value, text, [value], [text]].find(fits) ?? value;
  }
  return result;
}

function readValue(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function listTools(): void {
  for (const tool of tools) console.log(`${tool.name.padEnd(18)} ${tool.description}`);
}

/** `evalwright call`: the same code that serves MCP clients, with the folder's project. */
export async function callCommand(
  name: string | undefined,
  pairs: readonly string[],
  options: { readonly project?: string; readonly json?: boolean },
): Promise<void> {
  if (name === undefined) return listTools();
  const tool = tools.find((candidate) => candidate.name === name);
  if (!tool)
    throw invalidInput(`No tool "${name.slice(0, 60)}"`, `Tools: ${tools.map((t) => t.name).join(", ")}.`);
  const arguments_ = readArguments(tool, pairs);
  const app = await openApp({ project: options.project, quiet: true });
  try {
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    const result = await callTool(app, tool, arguments_, { signal: stop.signal, progress: () => undefined });
    if (!result.ok) {
      process.stderr.write(`${result.message}\n`);
      process.exitCode = 1;
    } else if (options.json) console.log(JSON.stringify(result.value));
    else printAnswer(result.value);
  } finally {
    await app.store[Symbol.asyncDispose]();
  }
}
