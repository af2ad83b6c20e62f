import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../scripted-endpoint.ts";
import {
  type Attached,
  attach,
  bareEnv,
  rowsOf,
  run,
  serverEntry,
  temporaryHome,
  untrustedOf,
} from "../server/harness.ts";
import { chat, numberIn, says, writeChats } from "./fixture.ts";

const home = temporaryHome();
let endpoint: ScriptedEndpoint;
let server: Attached;

/** Every third conversation is bad; the judge is wrong about 3 of 60, cannot tell one, and is once beside the menu. */
const COUNT = 60;
const isGood = (i: number) => i % 3 !== 0;
const WRONG = new Set([4, 9, 10]);
const SECRET = "the parcel was never sent, said Mrs Miller";

beforeAll(async () => {
  endpoint = await startScriptedEndpoint({
    answer: (request) => {
      const i = numberIn(request);
      if (i === 20) return says("cannot_tell");
      if (i === 21) return says("splendid");
      // Asked again, it thinks better of number 2.
      const right = isGood(i) !== (WRONG.has(i) || (i === 2 && request.seen > 0));
      return says(right ? "resolved" : "open");
    },
  });
  server = await attach({ home: home.path, env: modelEnv(endpoint.url) });
  const chats = Array.from({ length: COUNT }, (_, i) => chat(i, isGood(i)));
  await server.call("import_traces", { paths: [writeChats(home.path, chats)] });
  await server.call("save_judge", {
    name: "solved",
    instructions: "Did the agent solve what was asked? {{conversation}} {{expectations}}",
    labels: [
      { label: "resolved", means: "it did", value: 1 },
      { label: "open", means: "it did not", value: 0 },
    ],
    guideline: "support-v2",
  });
  const label = (annotator: string, items: JsonObject[]) =>
    server.call("record_feedback", { items, source: "human", sourceId: annotator });
  await label(
    "ann",
    chats.map(({ id }, i) => ({
      sessionId: id,
      name: "solved",
      value: isGood(i),
      ...(isGood(i) ? {} : { rationale: SECRET }),
    })),
  );
  // Bob labelled the first 12; he differs from Ann on number 5 and writes one label in words of his own.
  await label(
    "bob",
    chats.slice(0, 12).map(({ id }, i) => ({
      sessionId: id,
      name: "solved",
      value: i === 11 ? "meh" : isGood(i) !== (i === 5) ? "resolved" : "open",
    })),
  );
});

afterAll(async () => {
  await server.close();
  await endpoint.close();
  home.remove();
});

const measures = (card: JsonObject): Map<string, JsonObject> =>
  new Map(rowsOf(card["measures"]).map((row) => [String(row["measure"]), row]));

describe("calibrate_judge with a model judge and two people", () => {
  let card: JsonObject;

  it("a dry run counts calls and spends none", async () => {
    const dry = await server.call("calibrate_judge", { judge: "solved", dryRun: true });
    expect(dry).toMatchObject({ dryRun: true, items: 60, callsAtMost: 80, level: "sessions" });
    expect(endpoint.requests).toHaveLength(0);
  });

  it("a card with intervals, coverage, the people's own agreement and repeatability", async () => {
    const answer = await server.call("calibrate_judge", { judge: "solved" });
    expect(answer).toMatchObject({ kind: "calibration", state: "done" });
    card = untrustedOf(answer);
    // 60 items; on number 5 the two people differ, 20 and 21 have no verdict.
    expect(card).toMatchObject({
      judge: "solved@1",
      n: 57,
      guideline: "support-v2",
      coverage: {
        labelled: 60,
        compared: 57,
        contested: 1,
        notUnderstood: 1,
        unscored: { cannot_tell: 1, off_menu: 1 },
      },
    });
    const rows = measures(card);
    // People: 38 pass (40 less number 5 and 20), of which 4 and 10 are called open; 19 fail (20 less 21), 9 is called resolved.
    expect(rows.get("TPR (passes what people pass)")).toMatchObject({ value: 0.9474, method: "wilson" });
    expect(rows.get("TNR (fails what people fail)")).toMatchObject({ value: 0.9474 });
    expect(rows.get("Youden's J")).toMatchObject({ value: 0.8947, method: "newcombe" });
    expect(rows.get("agreement")).toMatchObject({ value: 0.9474 });
    // Ann and Bob: 11 items, 10 alike.
    expect(rows.get("ceiling: two people agree")).toMatchObject({ value: 0.9091 });
    expect(rowsOf(card["disagreements"]).map(({ item }) => item)).toEqual([
      "chat-004",
      "chat-009",
      "chat-010",
    ]);
    expect(card["says"]).toMatch(/^Its verdicts tell/);
    expect(rows.get("flip rate, asked 2 times")).toBeDefined();
    expect(JSON.stringify(answer).length).toBeLessThan(8_000);
  });

  it("nothing that people said reached the judge", () => {
    expect(endpoint.requests.length).toBeGreaterThan(60);
    expect(endpoint.requests.map(({ text }) => text).join()).not.toContain("Miller");
  });

  it("again: nothing is asked a second time, and the same verdicts give the same card", async () => {
    const before = endpoint.requests.length;
    const again = untrustedOf(await server.call("calibrate_judge", { judge: "solved" }));
    expect(endpoint.requests).toHaveLength(before);
    expect(again["measures"]).toEqual(card["measures"]);
  });

  it("every place that shows a score of the judge carries the card; another version has none", async () => {
    const CARD = /^calibrated \(J \.89 ± \.\d\d, n 57, just now\)$/;
    const judged = await server.call("run_judges", { judges: ["solved"], level: "sessions", limit: 100 });
    expect(rowsOf(untrustedOf(judged)["judges"])[0]?.["calibration"]).toMatch(CARD);
    const session = await server.call("get_session", { sessionId: "chat-001" });
    expect(JSON.stringify(session)).toMatch(
      /solved: resolved \(llm_judge, calibrated \(J \.89 ± \.\d\d, n 57/,
    );
    await server.call("save_dataset", { name: "chats", filter: "session.turns >= 1", holdout: false });
    const evaluate = async (judge: string) => {
      const started = await server.call("run_evaluation", {
        dataset: "chats",
        target: "recorded",
        judges: [judge, "no_refusal"],
      });
      expect(started).toMatchObject({ state: "done" });
      return { id: String(started["evaluation"]), said: untrustedOf(started)["calibration"] };
    };
    const first = await evaluate("solved@1");
    const again = await evaluate("solved@1");
    expect(first.said).toMatchObject({ no_refusal: "exempt (code)" });
    const record = await server.call("get_record", { kind: "evaluation", id: first.id });
    expect(rowsOf(record["judges"]).map(({ calibration }) => calibration)).toEqual([
      expect.stringMatching(CARD),
      "exempt (code)",
    ]);
    const compared = await server.call("compare_evaluations", { baseline: first.id, candidate: again.id });
    expect(rowsOf(compared["judges"])[0]?.["calibration"]).toMatch(CARD);
    expect(JSON.stringify(compared["warnings"])).not.toContain("against people");
    expect(await server.call("get_record", { kind: "judge", id: "solved@1" })).toMatchObject({
      calibration: expect.stringMatching(CARD),
    });

    await server.call("save_judge", {
      name: "solved",
      instructions: "Is all that was asked solved? {{conversation}}",
      labels: [
        { label: "resolved", means: "it is", value: 1 },
        { label: "open", means: "it is not", value: 0 },
      ],
    });
    const saved = rowsOf(
      untrustedOf(await server.call("list_records", { kind: "judge", name: "solved" }))["saved"],
    );
    expect(saved.map(({ judge, calibration }) => [judge, calibration])).toEqual([
      ["solved@2", "not calibrated"],
      ["solved@1", expect.stringMatching(CARD)],
    ]);
    const newer = await evaluate("solved@2");
    expect(newer.said).toMatchObject({ solved: "not calibrated" });
  });

  it("gates with --require-calibrated take this version's card and no other's", async () => {
    const env = { ...bareEnv(home.path), ...modelEnv(endpoint.url), EVALWRIGHT_PROJECT: "test" };
    const evalwright = (...args: string[]) => run([serverEntry, ...args], env);
    const base = ["eval", "--dataset", "chats", "--target", "recorded", "--require-calibrated"];
    const passed = await evalwright(...base, "--judge", "solved@1", "--gate", "estimate:solved >= 0.5");
    expect(passed.stdout).toMatch(/PASS {2}estimate:solved .*calibrated \(J \.89/);
    expect(passed.code).toBe(0);
    const refused = await evalwright(...base, "--judge", "solved@2", "--gate", "estimate:solved >= 0.5");
    expect(refused.stderr).toContain("refused: not shown to agree with people: solved (not calibrated)");
    expect(refused.code).toBe(2);
    const code = await evalwright(...base, "--judge", "no_refusal", "--gate", "estimate:no_refusal >= 0.5");
    expect(code.stdout).toContain("exempt (code)");
    expect(code.code).toBe(0);
    const calibrated = await evalwright("calibrate", "solved@2");
    expect(calibrated.stdout).toContain("Youden's J");
    expect(calibrated.code).toBe(0);
  });

  it("says what to do where there are no labels, or none that can be read", async () => {
    expect(await server.fail("calibrate_judge", { judge: "solved", labels: "nothing" })).toMatch(
      /^invalid_input: No human feedback of that name/,
    );
    await server.call("record_feedback", {
      items: [
        { sessionId: "chat-001", name: "stars", value: 5 },
        { sessionId: "chat-003", name: "stars", value: 2 },
      ],
      source: "human",
    });
    expect(await server.fail("calibrate_judge", { judge: "solved", labels: "stars" })).toMatch(
      /labelThreshold/,
    );
    const graded = untrustedOf(
      await server.call("calibrate_judge", { judge: "solved", labels: "stars", labelThreshold: 4 }),
    );
    expect(graded).toMatchObject({ n: 2, labels: { passAt: 4 } });
    const items = [{ sessionId: "chat-001", name: "liked", value: true }];
    await server.call("record_feedback", { items, source: "end_user" });
    expect(await server.fail("calibrate_judge", { judge: "solved", labels: "liked" })).toMatch(
      /^invalid_input: No human feedback of that name.*end_user feedback is, on 1 sessions.*source: "end_user"/,
    );
    expect(JSON.stringify(graded["notes"])).toContain("only 1 of the labels");
  });
});
