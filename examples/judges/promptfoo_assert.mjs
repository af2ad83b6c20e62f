#!/usr/bin/env node
/**
 * A JavaScript assertion of promptfoo (`type: javascript`, `value: file://assert.js`) as an Evalwright judge.
 *
 * Copy this file beside your promptfooconfig.yaml and run `evalwright import-tests promptfooconfig.yaml` again: it finds
 * it, and makes such a judge of each assertion of that kind:
 *
 *     {"name": "assert", "builtin": "command",
 *      "params": {"program": "evals/promptfoo_assert.mjs", "settings": {"file": "evals/assert.js"}}}
 *
 * `settings.file` is the assertion's file, from the root of the repository; `settings.function` one of its exports instead
 * of the default one; `settings.config` goes to it as `context.config`.
 *
 * Protocol: the item as one JSON object on standard input, one line `{"value" | "pass", "rationale"}` on standard output.
 */
import { resolve } from "node:path";
import { text as read } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const item = JSON.parse(await read(process.stdin));
const { file, function: name, config = {} } = item.settings;
// What an assertion prints must not be read as the verdict.
console.log = console.error;

const loaded = await import(pathToFileURL(resolve(file)).href);
const assertion = name
  ? (loaded[name] ?? loaded.default?.[name])
  : (loaded.default?.default ?? loaded.default ?? loaded);
if (typeof assertion !== "function") {
  console.error(`${file} exports no function${name ? ` ${name}` : ""}`);
  process.exit(3);
}

const vars = typeof item.inputs === "object" && item.inputs !== null ? item.inputs : {};
const output = typeof item.output === "string" ? item.output : JSON.stringify(item.output);
const answer = await assertion(output, {
  vars,
  config,
  prompt: item.system,
  test: { vars },
  providerResponse: { output, cost: item.run.costUsd },
});

function verdict(result) {
  if (typeof result === "boolean") return { pass: result };
  if (typeof result === "number") return { value: Math.min(1, Math.max(0, result)), pass: result > 0 };
  const { pass, score, reason = "" } = result;
  const value = typeof score === "number" ? { value: Math.min(1, Math.max(0, score)) } : {};
  return { ...value, pass: Boolean(pass), rationale: String(reason) };
}
process.stdout.write(`${JSON.stringify(verdict(answer))}\n`);
