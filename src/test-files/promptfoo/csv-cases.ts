import { parse } from "csv-parse/sync";
import type { Json, JsonObject } from "../../model/json.ts";
import type { Notes } from "./notes.ts";

const LISTS = /^(?:not-)?i?contains-(?:all|any)$/;
const WITH_THRESHOLD = 0.75;

/** `contains: Paris`, `similar(0.8): hello`, `grade: polite`, `fn: output.length < 9`; any other text is to be equal. */
export function assertionFromText(text: string, types: ReadonlySet<string>): JsonObject {
  const program = /^(?:javascript|fn|eval):([\s\S]*)$/.exec(text);
  if (program) return { type: "javascript", value: (program[1] ?? "").trim() };
  const grade = /^(?:grade|llm-rubric):([\s\S]*)$/.exec(text);
  if (grade) return { type: "llm-rubric", value: (grade[1] ?? "").trim() };
  const [, negation = "", type = "", threshold, value] =
    /^(not-)?([a-z][a-z0-9:-]*?)(?:\((\d+(?:\.\d+)?)\))?(?::([\s\S]*))?$/.exec(text) ?? [];
  if (!types.has(type)) return { type: "equals", value: text };
  const full = `${negation}${type}`;
  const given = (value ?? "").trim();
  const limit = threshold === undefined ? undefined : Number(threshold);
  const isLimit = ["cost", "latency", "perplexity"].includes(type);
  return {
    type: full,
    ...(given === "" ? {} : { value: LISTS.test(full) ? given.split(",").map((one) => one.trim()) : given }),
    ...(limit !== undefined ? { threshold: limit } : isLimit ? { threshold: WITH_THRESHOLD } : {}),
  };
}

function readColumn(
  test: Record<string, Json>,
  key: string,
  value: string,
  types: ReadonlySet<string>,
  notes: Notes,
) {
  const vars = test["vars"];
  const asserts = test["assert"];
  if (/^__expected\d*$/.test(key)) {
    if (value.trim() !== "" && Array.isArray(asserts)) asserts.push(assertionFromText(value.trim(), types));
  } else if (key === "__description") test["description"] = value;
  else if (key === "__metric") test["metric"] = value;
  else if (key === "__threshold" && value !== "") test["threshold"] = Number(value);
  else if (key.startsWith("__metadata:"))
    test["metadata"] = {
      ...(typeof test["metadata"] === "object" ? test["metadata"] : {}),
      [key.slice("__metadata:".length).replace(/\[\]$/, "")]: value,
    };
  else if (key.startsWith("__")) {
    if (value !== "") notes.add(`column ${key.replaceAll(/[^\w:-]/g, "").slice(0, 40)}`);
  } else if (typeof vars === "object" && vars !== null && !Array.isArray(vars)) vars[key] = value;
}

/** The rows of a CSV file as tests, with `__expected` and the other columns that begin with two underscores. */
export function casesFromCsv(text: string, types: ReadonlySet<string>, notes: Notes): JsonObject[] {
  const rows: Record<string, string>[] = parse(text, {
    bom: true,
    columns: true,
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: true,
  });
  return rows.map((row) => {
    const test: Record<string, Json> = { vars: {}, assert: [] };
    for (const [key, value] of Object.entries(row)) readColumn(test, key, value, types, notes);
    const { metric, assert, ...rest } = test;
    const asserts = Array.isArray(assert) ? assert : [];
    const named = asserts.map((one) =>
      metric && typeof one === "object" && one !== null ? { ...one, metric } : one,
    );
    return { ...rest, assert: named };
  });
}
