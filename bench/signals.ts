import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openApp } from "../src/app/open.ts";
import { findCensus } from "../src/census/find-census.ts";
import { OUTCOME_SIGNAL, predicts } from "../src/census/power.ts";
import { signals } from "../src/census/signals/index.ts";
import type { Census } from "../src/model/census.ts";
import type { JsonObject } from "../src/model/json.ts";
import { attach, temporaryHome, untrustedOf } from "../test/server/harness.ts";

// `npm run -s build && EVALWRIGHT_TEST_DATA=... node bench/signals.ts`: how well each signal of find_issues tells airline
// conversations (tau2-bench) that the benchmark failed from those that it passed: AUC with its interval.

const FILES = ["gpt-5.4", "opus-4.6-a", "sonnet-4.5"];

/** A census of the conversations with the benchmark's verdict as outcome, made by the server and read from its store. */
async function airlineCensus(folder: string): Promise<Census> {
  const home = temporaryHome();
  const server = await attach({ home: home.path });
  const ended = async (started: Promise<JsonObject>) => {
    let job = await started;
    while (job["state"] === "running" || job["state"] === "queued")
      job = await server.call("get_job", { jobId: String(job["jobId"]), waitSeconds: 20 });
    return job;
  };
  try {
    const paths = FILES.flatMap((name) =>
      ["otlp.jsonl.gz", "labels.jsonl"].map((end) => join(folder, `${name}.${end}`)),
    );
    await ended(server.call("import_traces", { paths, feedbackColumns: ["reward"] }));
    const made = await ended(server.call("find_issues", { outcome: "reward", notes: 0 }));
    const id = String(made["census"] ?? untrustedOf(made)["census"]);
    process.env["EVALWRIGHT_HOME"] = home.path;
    await using app = (await openApp({ project: "test", quiet: true })).store;
    return (await findCensus({ store: app, project: { id: "test", slug: "test" } }, id)).census;
  } finally {
    await server.close();
    home.remove();
  }
}

const three = (value: number): string => value.toFixed(3);

/** A row for every signal, those that found nothing too: how many it found and how well its strength tells failed ones. */
function rowOf(census: Census, name: string): string {
  const kind = census.kinds.find(({ id }) => id === name);
  const power = census.power.find(({ signal }) => signal === name);
  const shown =
    name === OUTCOME_SIGNAL
      ? "is the outcome itself"
      : power?.low === 0 && power.high === 1
        ? "same in all"
        : power
          ? `${three(power.auc)} [${three(power.low)}, ${three(power.high)}]`
          : "not measured";
  return `| ${name} | ${kind?.members.length ?? 0} | ${shown} | ${power && predicts(power) ? "yes" : "no"} |`;
}

/** The signals' AUC as a Markdown table; or that there is no data. */
export async function describeSignals(): Promise<string> {
  const data = process.env["EVALWRIGHT_TEST_DATA"];
  const folder = join(data ?? "", "tau2-airline");
  if (!data || !existsSync(folder)) return "Signals: skipped, EVALWRIGHT_TEST_DATA is not set";
  const census = await airlineCensus(folder);
  const failed = census.units.outcome.filter((said) => said === 1).length;
  const known = census.units.outcome.filter((said) => said >= 0).length;
  return [
    `tau2-bench airline, ${known} conversations, ${failed} failed: AUC of each signal's strength; the intervals hold at once with 95 % (Bonferroni over the ${census.power[0]?.family ?? 0} that differ between conversations)`,
    "",
    "| signal | found in | AUC | interval clear of .5 |",
    "|---|---|---|---|",
    ...signals.map(({ name }) => rowOf(census, name)),
  ].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(await describeSignals());
