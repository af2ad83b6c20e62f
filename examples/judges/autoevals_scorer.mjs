#!/usr/bin/env node
/**
 * Any scorer of autoevals as an Evalwright judge.
 *
 *     npm install autoevals zod   # run with autoevals 0.0.132
 *
 * Copy this file into your repository and save a judge that names it:
 *
 *     {"name": "factuality", "builtin": "command", "threshold": 0.6,
 *      "params": {"program": "evals/autoevals_scorer.mjs",
 *                 "settings": {"scorer": "Factuality", "arguments": {"model": "gpt-5-mini"}},
 *                 "env": ["OPENAI_API_KEY", "OPENAI_BASE_URL"], "timeoutMs": 120000}}
 *
 * `settings.scorer` is an export of autoevals; `settings.arguments` goes to it beside `input`, `output`, `expected`
 * and `context`.
 *
 * Protocol: the item as one JSON object on standard input, one line `{"value", "rationale"}` on standard output. A
 * score of null is "cannot tell". An exit code other than 0 is an error of the judge, never a verdict.
 */
import { text as read } from "node:stream/consumers";

const fail = (message) => {
  console.error(message);
  process.exit(3);
};

const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));

const item = JSON.parse(await read(process.stdin));
const { scorer = "Factuality", arguments: more = {} } = item.settings;
// What a library prints must not be read as the verdict.
console.log = console.error;

const scorers = await import("autoevals").catch((error) =>
  fail(`autoevals cannot be loaded beside this file (${error.code}). Run: npm install autoevals zod`),
);
const score = scorers[scorer];
if (typeof score !== "function")
  fail(`autoevals has no ${scorer}: set settings.scorer to one of its exports`);

const documents = item.retrievals.flatMap((found) => found.documents.map((document) => document.content));
const asked = {
  input: text(item.inputs),
  output: text(item.output),
  expected: item.expectations.answer === undefined ? undefined : text(item.expectations.answer),
  context: documents.filter(Boolean),
  ...more,
};
// Some answer at once, others later.
const { score: value, metadata } = await Promise.resolve(asked)
  .then(score)
  .catch((error) => fail(`${scorer} failed: ${error.message}`));
const rationale = String(metadata?.rationale ?? "");
const verdict = typeof value === "number" ? { value, rationale } : { cannotTell: true, rationale };
process.stdout.write(`${JSON.stringify(verdict)}\n`);
