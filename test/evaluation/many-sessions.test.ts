import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../src/model/json.ts";
import { says } from "../calibration/fixture.ts";
import { peakMb } from "../jobs/peak.ts";
import { AIRLINE_FILES } from "../reading/airline.ts";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";

// Hundreds of conversations: made ones, and beside them the airline's where EVALWRIGHT_TEST_DATA is set.
const data = process.env["EVALWRIGHT_TEST_DATA"];
const MADE = 320;
const REAL = data ? 150 : 0;
const ALL = MADE + REAL;
const LABELS = ["none", "resolved", "unresolved"] as const;

const home = temporaryHome();
let endpoint: ScriptedEndpoint;
let server: Attached;
let judged: JsonObject;
let issues: JsonObject;

const Next = z.array(
  z.object({ tool: z.string(), arguments: z.record(z.string(), z.json()), why: z.string() }),
);
const nextOf = (answer: JsonObject) => Next.parse(answer["next"]);

/** Which label a made conversation gets; the airline's customers are content. */
const labelOf = (number: number) => LABELS[number % 8 === 0 ? 2 : number % 4 === 0 ? 1 : 0] ?? "none";

const made = (i: number) => {
  const nag = i % 8 === 0 ? "I already told you that! I want a human please." : "Thank you, that helps.";
  return {
    session_id: `made-${i}`,
    messages: [
      { role: "user", content: `Where is parcel number ${i}.?` },
      { role: "assistant", content: `Which town was parcel ${i} sent to?` },
      { role: "user", content: nag },
      { role: "assistant", content: `Parcel ${i} comes tomorrow.` },
    ],
  };
};

/** A call whose answer must be small; the job that it starts is followed by its own next calls to its end. */
async function followed(name: string, given: JsonObject): Promise<JsonObject> {
  let answer = await server.call(name, given);
  for (;;) {
    expect(JSON.stringify(answer).length).toBeLessThan(8_000);
    if (answer["state"] !== "running" && answer["state"] !== "queued") return answer;
    const [wait] = nextOf(answer);
    expect(wait?.tool).toBe("get_job");
    answer = await server.call("get_job", wait?.arguments);
  }
}

beforeAll(async () => {
  endpoint = await startScriptedEndpoint({
    answer: ({ text }) => {
      const number = /parcel number (\d+)\./.exec(text)?.[1];
      return says(number === undefined ? "none" : labelOf(Number(number)), "So it reads. [turn 2]");
    },
  });
  server = await attach({ home: home.path, env: modelEnv(endpoint.url) });
  const path = join(home.path, "chats.jsonl");
  writeFileSync(path, Array.from({ length: MADE }, (_, i) => JSON.stringify(made(i))).join("\n"));
  const real = data ? AIRLINE_FILES.map((file) => join(data, "tau2-airline", `${file}.otlp.jsonl.gz`)) : [];
  expect(await followed("import_traces", { paths: [path, ...real] })).toMatchObject({ state: "done" });
  judged = await followed("run_judges", {
    judges: ["user_frustration", "no_escalation"],
    level: "sessions",
    filter: "since 10000d",
    limit: 1_000,
  });
  issues = await followed("find_issues", { level: "sessions" });
}, 600_000);

afterAll(async () => {
  await server.close();
  await endpoint.close();
  home.remove();
});

it("all are judged in few calls each, in bounded memory, and counts add up", async () => {
  expect(judged).toMatchObject({ state: "done", done: ALL, total: ALL });
  expect(untrustedOf(judged)).toMatchObject({ judged: ALL, matching: ALL });
  const rows = rowsOf(untrustedOf(judged)["judges"]);
  expect(rows.map(({ scored }) => scored)).toEqual([`${ALL} of ${ALL}`, `${ALL} of ${ALL}`]);
  expect(rows[0]).toMatchObject({ judge: "user_frustration", calibration: "not calibrated" });
  const counted = await server.call("query_sql", {
    sql: "SELECT value, count(DISTINCT session_id) AS n FROM assessments WHERE name = 'user_frustration' AND turn IS NULL GROUP BY value ORDER BY value",
  });
  expect(rowsOf(untrustedOf(counted))).toEqual([
    { value: "none", n: (MADE * 3) / 4 + REAL },
    { value: "resolved", n: MADE / 8 },
    { value: "unresolved", n: MADE / 8 },
  ]);
  // A made one fits one prompt; one of the airline's may be read in a few windows.
  expect(endpoint.requests.length).toBeGreaterThanOrEqual(ALL);
  expect(endpoint.requests.length).toBeLessThanOrEqual(MADE + 8 * REAL);
  expect(await peakMb(home.path, String(judged["jobId"]))).toBeLessThan(600);
});

it("its next calls work as they are: what fails, the issues, and what to label", async () => {
  const next = nextOf(judged);
  expect(next.map(({ tool }) => tool)).toEqual(["search_traces", "find_issues", "calibrate_judge"]);
  const [search, find, label] = next;
  for (const { arguments: given } of next)
    expect(given["filter"] ?? given["population"]).toContain("since 10000d");
  const found = await server.call("search_traces", search?.arguments);
  const failing = await server.call("query_sql", {
    sql: "SELECT count(DISTINCT session_id) AS n FROM assessments WHERE name = 'user_frustration' AND turn IS NULL AND value = 'unresolved'",
  });
  const n = Number(rowsOf(untrustedOf(failing))[0]?.["n"]);
  expect(found["page"]).toMatchObject({ total: n });
  const census = await followed("find_issues", find?.arguments ?? {});
  expect(census).toMatchObject({
    of: ALL,
    outcomes: {
      by: "the judge user_frustration: not calibrated",
      failed: n,
      ok: ALL - n,
      unknown: 0,
    },
  });
  // Who asks for a person is just who is frustrated here: beside its interval it is called a predictor.
  const predictors = z.array(z.object({ kind: z.string() })).parse(census["predictors"]);
  expect(predictors.map(({ kind }) => kind)).toContain("asks_for_person");
  expect(await server.call("calibrate_judge", label?.arguments)).toMatchObject({ dryRun: true, items: ALL });
});

it("issues are counted over all, each as its search finds them, and its next calls work as they are", async () => {
  expect(issues).toMatchObject({ of: ALL, lookedAt: ALL });
  const kinds = rowsOf(untrustedOf(issues)["kinds"]);
  const person = kinds.find(({ kind }) => kind === "asks_for_person");
  expect(Number(person?.["count"])).toBeGreaterThanOrEqual(MADE / 8);
  for (const { count } of kinds) expect(Number(count)).toBeLessThanOrEqual(ALL);
  for (const { tool, arguments: given } of nextOf(issues)) {
    const answer = await server.call(tool, tool === "save_dataset" ? { ...given, dryRun: true } : given);
    expect(JSON.stringify(answer).length).toBeLessThan(8_000);
  }
  const id = String(issues["census"]).split("@")[0] ?? "";
  const kind = await server.call("get_record", { kind: "census", id: `${id}/asks_for_person` });
  expect(JSON.stringify(kind).length).toBeLessThan(8_000);
  const [search, dataset, judge] = nextOf(kind);
  const members = await server.call("search_traces", search?.arguments);
  expect(members["page"]).toMatchObject({ total: person?.["count"] });
  const saved = await server.call("save_dataset", dataset?.arguments);
  expect(saved).toMatchObject({ counts: { examples: person?.["count"] } });
  const kept = await server.call("save_judge", judge?.arguments);
  const [run] = nextOf(kept);
  expect(await followed(run?.tool ?? "", run?.arguments ?? {})).toMatchObject({ state: "done", done: 10 });
});
