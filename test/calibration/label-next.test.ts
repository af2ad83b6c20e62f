import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { drawSample } from "../../src/calibration/draw-sample.ts";
import { Json } from "../../src/model/json.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import { chat, writeChats } from "./fixture.ts";

const home = temporaryHome();
let server: Attached;

/** 200 conversations: the word that the first judge looks for is in 3 of 4, people pass half of those and few others. */
const COUNT = 200;
const hasWord = (i: number) => i % 4 !== 0;
const isGood = (i: number) => (hasWord(i) ? i % 2 === 1 : i % 40 === 0);
const TRUTH = Array.from({ length: COUNT }, (_, i) => isGood(i)).filter(Boolean).length / COUNT;

const numberOf = (id: unknown): number => Number(String(id).slice(-3));

beforeAll(async () => {
  server = await attach({ home: home.path });
  const chats = Array.from({ length: COUNT }, (_, i) => chat(i, hasWord(i), i % 10 === 1 ? " Sorry." : ""));
  await server.call("import_traces", { paths: [writeChats(home.path, chats)] });
  const contains = (name: string, text: string) =>
    server.call("save_judge", { name, builtin: "contains", params: { values: [text] }, level: "session" });
  await contains("delivered", "Delivered");
  await contains("sorry", "Sorry");
});

afterAll(async () => {
  await server.close();
  home.remove();
});

const Sample = z.object({ sample: z.number(), toLabel: z.number(), strata: Json, items: Json });

const next = async (count: number, beside: string[] = []) => {
  const answer = await server.call("calibrate_judge", {
    judge: "delivered",
    labels: "solved",
    mode: "label_next",
    count,
    ...(beside.length > 0 ? { beside } : {}),
  });
  expect(answer).toMatchObject({ kind: "label_sample", state: "done" });
  expect(JSON.stringify(answer).length).toBeLessThan(8_000);
  return { ...Sample.parse(untrustedOf(answer)), next: answer["next"] };
};

const label = (ids: readonly Json[]) =>
  server.call("record_feedback", {
    items: ids.map((id) => ({ sessionId: String(id), name: "solved", value: isGood(numberOf(id)) })),
    source: "human",
  });

it("draws from strata by verdict, more where labels vary; labels on it speak for all", async () => {
  // A convenience sample first: only bad ones, as people report them.
  const reported = Array.from({ length: COUNT }, (_, i) => i).filter((i) => hasWord(i) && !isGood(i));
  await label(reported.slice(0, 20).map((i) => chat(i, true).id));

  const drawn = await next(40);
  expect(drawn).toMatchObject({ sample: 1, toLabel: 40 });
  const strata = rowsOf(drawn.strata);
  expect(strata.map(({ stratum, size }) => [stratum, size])).toEqual([
    ["fail", 50],
    ["labelled before", 20],
    ["pass", 130],
  ]);
  const items = rowsOf(drawn.items).map(({ item }) => item ?? null);
  expect(items).toHaveLength(40);
  expect(new Set(items.slice(0, 10).map((id) => hasWord(numberOf(id)))).size).toBe(2);
  await label(items);

  expect(drawn.next).toEqual([
    expect.objectContaining({
      tool: "calibrate_judge",
      arguments: { judge: "delivered", labels: "solved", sample: 1 },
    }),
  ]);
  const card = untrustedOf(
    await server.call("calibrate_judge", { judge: "delivered", labels: "solved", sample: 1 }),
  );
  expect(card).toMatchObject({ n: 60, coverage: { labelled: 60 } });
  const rate = z.object({ estimates: Json, strata: Json }).parse(card["rate"]);
  const [row] = rowsOf(rate.estimates);
  const [low = 0, high = 1] = z.array(z.number()).parse(JSON.parse(String(row?.["95% interval"])));
  expect(low).toBeLessThan(TRUTH);
  expect(high).toBeGreaterThan(TRUTH);
  // All labels alike, the reported ones among them, would say far less than half of them pass.
  const plain = untrustedOf(await server.call("calibrate_judge", { judge: "delivered", labels: "solved" }));
  const prevalence = (of: typeof card) =>
    Number(rowsOf(of["measures"]).find(({ measure }) => String(measure).startsWith("prevalence"))?.["value"]);
  expect(prevalence(card)).toBeCloseTo(Number(row?.["pass rate"]), 3);
  expect(prevalence(plain)).toBeLessThan(prevalence(card) - 0.05);
  expect(JSON.stringify(card["notes"])).toContain("weighted by one over their chance");
  // Who forgets the sample, and asks for all of the traffic, is not misled: the rate takes its chances up.
  const traffic = untrustedOf(
    await server.call("calibrate_judge", { judge: "delivered", labels: "solved", population: "" }),
  );
  const ofTraffic = z.object({ estimates: Json, chancesOfBeingLabelled: z.string() }).parse(traffic["rate"]);
  const rates = new Map(rowsOf(ofTraffic.estimates).map((one) => [String(one["method"]), one]));
  expect(ofTraffic.chancesOfBeingLabelled).toContain("sample 1 of label_next");
  expect(rates.get("people alone")?.["pass rate"]).toBeCloseTo(Number(row?.["pass rate"]), 3);
  const ppi = rates.get("PPI++");
  const ends = z.array(z.number()).parse(JSON.parse(String(ppi?.["95% interval"])));
  expect(ends[0]).toBeLessThan(TRUTH);
  expect(ends[1]).toBeGreaterThan(TRUTH);
});

it("where judges differ, more is drawn", async () => {
  const drawn = await next(30, ["sorry"]);
  const chance = new Map(rowsOf(drawn.strata).map((row) => [row["stratum"], Number(row["chance"])]));
  expect(drawn.sample).toBe(2);
  expect(chance.size).toBeGreaterThan(3);
  expect(chance.get("pass / fail")).toBeGreaterThan(0);
});

it("before anybody labelled, a disputed item is likelier to be drawn than an agreed one", () => {
  const frame = Array.from({ length: 200 }, (_, i) => ({ id: `i${i}` }));
  const says = (of: (i: number) => boolean) =>
    new Map(frame.map(({ id }, i) => [id, of(i) ? "pass" : "fail"] as const));
  const words = [says((i) => i % 2 === 0), says((i) => i % 4 < 2)];
  const { strata, items } = drawSample({ frame, labelled: [], count: 60 }, words, "seed");
  const chance = new Map(strata.map(({ name, size, drawn }) => [name, drawn / size]));
  expect(strata.map(({ size }) => size)).toEqual([50, 50, 50, 50]);
  expect(chance.get("pass / fail")).toBeGreaterThan(1.2 * (chance.get("pass / pass") ?? 1));
  expect(items).toHaveLength(60);
  expect(drawSample({ frame, labelled: [], count: 60 }, words, "seed").items).toEqual(items);
});

it("says what is wrong", async () => {
  expect(await server.fail("calibrate_judge", { judge: "delivered", labels: "solved", sample: 9 })).toMatch(
    /^not_found: .*label_next draws one/s,
  );
  expect(
    await server.fail("calibrate_judge", { judge: "delivered", labels: "solved", sample: 1, population: "" }),
  ).toMatch(/population or sample/);
});

it("says how many verdicts the draw begins with where the assistant gives them", async () => {
  const draw = { judge: "relevance", labels: "solved", mode: "label_next", count: 20, limit: 60 };
  const says = /^60 verdicts are asked of you before 20 items are drawn.*smaller limit/;
  const dry = await server.call("calibrate_judge", { ...draw, dryRun: true });
  expect(dry).toMatchObject({ tasksForYou: 60, says: expect.stringMatching(says) });
  const started = await server.call("calibrate_judge", draw);
  expect(started).toMatchObject({ state: "waiting", says: expect.stringMatching(says) });
});
