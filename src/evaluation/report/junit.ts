import type { Context } from "../../context.ts";
import type { Evaluation, ResultRow } from "../../model/evaluation.ts";
import type { Verdict } from "../../model/verdict.ts";
import { cleanText } from "../../privacy/clean.ts";
import { rowsOf, summaryOf } from "../find.ts";
import { checkGates, type Gate, type GateResult } from "../gates.ts";
import { rounded } from "../words.ts";

const MAX_TEXT = 4_000;

/** XML 1.0 text: what the standard has no character for is left out. */
const escaped = (text: string): string =>
  cleanText(text)
    .text.slice(0, MAX_TEXT)
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");

type Attributes = Readonly<Record<string, string | number>>;

const open = (name: string, attributes: Attributes): string =>
  `<${name}${Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
    .join("")}`;

/** A pass is empty, a fail a `failure`, what was not judged `skipped`, and a judge that broke an `error`. */
function outcomeOf(verdict: Verdict | undefined): string {
  if (!verdict) return '<skipped message="no verdict"/>';
  const why = verdict.rationale ?? verdict.reason ?? "";
  if (verdict.state === "error")
    return `${open("error", { message: verdict.reason ?? "error" })}>${escaped(why)}</error>`;
  if (verdict.state !== "scored") return `${open("skipped", { message: verdict.reason ?? verdict.state })}/>`;
  if (verdict.pass !== false) return "";
  const message = verdict.label ?? `value ${rounded(verdict.value)}`;
  return `${open("failure", { message })}>${escaped(why)}</failure>`;
}

function caseOf(suite: string, row: ResultRow, verdict: Verdict | undefined): string {
  const name = row.repeat === 0 ? row.exampleId : `${row.exampleId} (repeat ${row.repeat + 1})`;
  const time = ((row.run.durationMs ?? 0) / 1_000).toFixed(3);
  return `${open("testcase", { classname: suite, name, time })}>${outcomeOf(verdict)}</testcase>`;
}

function gateCase({ gate, outcome, why }: GateResult): string {
  const body =
    outcome === "pass"
      ? ""
      : outcome === "fail"
        ? `${open("failure", { message: why })}/>`
        : `${open("error", { message: `cannot be measured: ${why}` })}/>`;
  return `${open("testcase", { classname: "gates", name: gate.text })}>${body}</testcase>`;
}

function suiteOf(name: string, cases: readonly string[]): string {
  const count = (tag: string) => cases.filter((text) => text.includes(`<${tag}`)).length;
  const attributes = {
    name,
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
  };
  return `${open("testsuite", attributes)}>\n${cases.join("\n")}\n</testsuite>`;
}

/**
 * An evaluation as JUnit XML (the format that CI systems read; https://github.com/testmoapp/junitxml): one suite a judge,
 * one case an example and repeat, and a suite of the gates.
 */
export async function junitOf(
  context: Pick<Context, "store" | "project">,
  evaluation: Evaluation,
  gates: readonly Gate[],
): Promise<string> {
  const cases = new Map(evaluation.setup.judges.map(({ name }): [string, string[]] => [name, []]));
  for await (const row of rowsOf(context, evaluation.id))
    for (const [judge, list] of cases) list.push(caseOf(judge, row, row.verdicts[judge]));
  const results = checkGates(gates, summaryOf(evaluation)).map(gateCase);
  const suites = [
    ...(results.length > 0 ? [suiteOf("gates", results)] : []),
    ...[...cases].map(([judge, list]) => suiteOf(judge, list)),
  ];
  return `<?xml version="1.0" encoding="UTF-8"?>\n${open("testsuites", { name: `evalwright ${evaluation.id}` })}>\n${suites.join("\n")}\n</testsuites>\n`;
}
