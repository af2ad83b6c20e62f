import { expect, it } from "vitest";
import { isDrawn } from "../../src/evaluation/scheduled/sample.ts";
import {
  collectors,
  envOf,
  newestJob,
  openHome,
  PROJECT,
  sendTrace,
  until,
  verdictsOn,
} from "../evaluation/scheduled/fixture.ts";
import { attach, rowsOf, untrustedOf } from "../server/harness.ts";

const { newHome, collect } = collectors();
const home = newHome();
const env = envOf(home);

const GOOD = 120;
const BAD = 60;

/** Collects for a while with the judge at a rate; resolves with the traces that it drew. */
async function collectAt(rate: number, count: number, answers: string): Promise<string[]> {
  const collecting = await collect(env, ["--judge", `no_refusal=${rate}`, "--judge-quiet", "1"]);
  const before = (await newestJob(env))?.seen("traces code") ?? 0;
  const ids: string[] = [];
  for (let i = 0; i < count; i += 1) ids.push(await sendTrace(collecting.url, { asks: `${i}?`, answers }));
  await until(async () => {
    const job = await newestJob(env);
    return job?.seen("traces code") === before + count ? job : undefined;
  }, "all are seen");
  await collecting.stop();
  return ids.filter((id) => isDrawn(PROJECT, "no_refusal", id, rate));
}

it("labels on what schedules drew at several rates count for one over their rate", async () => {
  const rare = await collectAt(0.25, GOOD, "It comes tomorrow.");
  const all = await collectAt(1, BAD, "I'm sorry, but I can't help with that.");
  expect(all).toHaveLength(BAD);
  {
    await using store = await openHome(home);
    const verdicts = await verdictsOn(store, [...rare, ...all], "no_refusal");
    expect([...verdicts.values()].map(({ samplingRate }) => samplingRate).sort()).toEqual([
      ...rare.map(() => 0.25),
      ...all.map(() => 1),
    ]);
  }
  const server = await attach({ home: home, project: PROJECT, env });
  try {
    const label = (ids: readonly string[], value: boolean) =>
      server.call("record_feedback", {
        items: ids.map((traceId) => ({ traceId, name: "no_refusal", value })),
        source: "human",
      });
    await label(rare, true);
    await label(all, false);
    const calibrate = async () =>
      untrustedOf(await server.call("calibrate_judge", { judge: "no_refusal", population: "" }));
    const card = await calibrate();
    const rate = JSON.parse(JSON.stringify(card["rate"]));
    expect(rate).toMatchObject({ matching: GOOD + BAD, use: "PPI++" });
    expect(rate.chancesOfBeingLabelled).toContain("scheduled judging's, rates 0.25 to 1");
    const rows = new Map(rowsOf(rate.estimates).map((row) => [String(row["method"]), row]));
    // Of the labels alone, 1 in 3 passes; of the traffic 2 in 3.
    const weighted = (rare.length * 4) / (rare.length * 4 + BAD);
    expect(rows.get("people alone")?.["pass rate"]).toBeCloseTo(weighted, 3);
    expect(rare.length / (rare.length + BAD)).toBeLessThan(0.5);
    expect(rows.get("PPI++")?.["pass rate"]).toBeCloseTo(GOOD / (GOOD + BAD), 2);
    expect(JSON.stringify(card["notes"])).toContain("weighted by one over their chance");

    // One that nobody drew: how it was found is not known, and it is said.
    const found = await server.call("search_traces", { filter: "feedback.no_refusal is null", limit: 1 });
    const [other] = rowsOf(untrustedOf(found));
    await label([String(other?.["id"])], true);
    const again = JSON.stringify((await calibrate())["rate"]);
    expect(again).toContain(`scheduled judging drew ${rare.length + BAD} of ${rare.length + BAD + 1}`);
  } finally {
    await server.close();
  }
});
