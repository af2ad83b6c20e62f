import { readFileSync } from "node:fs";
import { join } from "node:path";
import { attach, rowsOf, temporaryHome, untrustedOf } from "../test/server/harness.ts";

// `npm run -s build && EVALWRIGHT_TEST_DATA=... node bench/signals.ts`: how well each signal of find_issues tells airline
// conversations (tau2-bench) that the benchmark failed from those that it passed: AUC with its 95 % interval.

const FILES = ["gpt-5.4", "opus-4.6-a", "sonnet-4.5"];

const folder = join(process.env["EVALWRIGHT_TEST_DATA"] ?? "", "tau2-airline");
const labels = FILES.flatMap((name) =>
  readFileSync(join(folder, `${name}.labels.jsonl`), "utf8")
    .trim()
    .split("\n"),
);
const home = temporaryHome();
const server = await attach({ home: home.path });
try {
  const paths = FILES.flatMap((name) => [
    join(folder, `${name}.otlp.jsonl.gz`),
    join(folder, `${name}.labels.jsonl`),
  ]);
  let imported = await server.call("import_traces", { paths, feedbackColumns: ["reward"] });
  while (imported["state"] === "running")
    imported = await server.call("get_job", { jobId: String(imported["jobId"]), waitSeconds: 20 });
  let made = await server.call("find_issues", { outcome: "reward", notes: 0 });
  while (made["state"] === "running")
    made = await server.call("get_job", { jobId: String(made["jobId"]), waitSeconds: 20 });
  const id = String(made["census"] ?? untrustedOf(made)["census"]);
  const census = await server.call("get_record", { kind: "census", id, maxTokens: 20_000 });
  console.log(`${labels.length} conversations, ${JSON.stringify(census["outcomes"])}`);
  const rows = rowsOf(untrustedOf(census)["kinds"]);
  for (const row of rows)
    console.log(
      [
        String(row["kind"]).padEnd(18),
        String(row["count"]).padStart(4),
        `gain at most ${row["gain at most"]}`.padEnd(36),
        row["predicts failure"],
      ].join("  "),
    );
} finally {
  await server.close();
  home.remove();
}
