import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../src/model/json.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";

const data = process.env["EVALWRIGHT_TEST_DATA"];

/** 150 conversations of tau2-bench (sierra-research/tau2-bench), 48 of which the benchmark's verdict calls failed. */
describe.skipIf(!data)("issues of the airline agents (skipped without EVALWRIGHT_TEST_DATA)", () => {
  const home = temporaryHome();
  let server: Attached;
  let whole: JsonObject;

  const kindsOf = (census: JsonObject) =>
    new Map(rowsOf(untrustedOf(census)["kinds"]).map((row) => [String(row["kind"]), row]));

  const find = async (arguments_: JsonObject) => {
    let answer = await server.call("find_issues", { notes: 0, ...arguments_ });
    while (answer["state"] === "running")
      answer = await server.call("get_job", { jobId: String(answer["jobId"]), waitSeconds: 20 });
    const id = String(answer["census"] ?? untrustedOf(answer)["census"]);
    return server.call("get_record", { kind: "census", id, maxTokens: 20_000 });
  };

  beforeAll(async () => {
    server = await attach({ home: home.path });
    const paths = ["gpt-5.4", "opus-4.6-a", "sonnet-4.5"].flatMap((name) =>
      ["otlp.jsonl.gz", "labels.jsonl"].map((end) => join(data ?? "", "tau2-airline", `${name}.${end}`)),
    );
    let imported = await server.call("import_traces", { paths, feedbackColumns: ["reward"] });
    while (imported["state"] === "running")
      imported = await server.call("get_job", { jobId: String(imported["jobId"]), waitSeconds: 20 });
    whole = await find({ outcome: "reward" });
  }, 240_000);

  afterAll(async () => {
    await server.close();
    home.remove();
  });

  it("names a signal a predictor only with an interval clear of .5 beside it", () => {
    expect(whole).toMatchObject({ of: 150, lookedAt: 150, outcomes: { failed: 48, ok: 102, unknown: 0 } });
    const named = z
      .array(
        z.strictObject({
          kind: z.string(),
          auc: z.number(),
          interval: z.tuple([z.number(), z.number()]),
        }),
      )
      .parse(whole["predictors"]);
    expect(JSON.stringify(whole["howToRead"])).toContain("Bonferroni, family of 11 signals");
    const predictors = new Set(named.map(({ kind }) => kind));
    for (const { auc, interval } of named) expect(interval[0] < auc && auc < interval[1]).toBe(true);
    for (const [kind, row] of kindsOf(whole)) {
      const words = String(row["predicts failure"]);
      const [, low = 0, high = 1] = /\[([\d.]+), ([\d.]+)\]/.exec(words)?.map(Number) ?? [];
      if (kind === "negative_feedback") expect(words).toBe("is the outcome itself");
      else expect(predictors.has(kind)).toBe(low > 0.5 || high < 0.5);
      expect(words.includes("not shown to predict")).toBe(
        !predictors.has(kind) && kind !== "negative_feedback",
      );
    }
    expect(kindsOf(whole).has("abandonment")).toBe(false);
    expect(predictors).toContain("many_steps");
    expect(predictors).not.toContain("long_waits");
    // Clear of .5 alone, not when eleven are looked at.
    expect(predictors).not.toContain("rephrased");
  });

  it("a sample of 60 has intervals that hold the whole's counts", async () => {
    const sample = await find({ outcome: "reward", limit: 60 });
    expect(sample).toMatchObject({ of: 150, lookedAt: 60 });
    const drawn = kindsOf(sample);
    const truths = [...kindsOf(whole)].map(([kind, row]) => [kind, Number(row["count"])] as const);
    const held = truths.filter(([kind, truth]) => {
      const [, low = 0, high = 150] =
        /\[(\d+), (\d+)\]/.exec(String(drawn.get(kind)?.["95% interval"]))?.map(Number) ?? [];
      return low <= truth && truth <= high;
    });
    expect(drawn.size).toBeGreaterThan(5);
    expect(held.length).toBeGreaterThanOrEqual(truths.length - 1);
    expect(drawn.get("negative_feedback")).toMatchObject({
      "95% interval": expect.stringMatching(/^\[|exact/),
    });
  });

  it("two halves by model: changes are tested and adjusted", async () => {
    const earlier = await find({ filter: 'model ~ "sonnet"', outcome: "reward" });
    const later = await find({ filter: 'model ~ "gpt"', outcome: "reward" });
    const answer = await server.call("get_record", {
      kind: "census",
      id: String(later["census"]),
      compareTo: String(earlier["census"]),
    });
    expect(answer).toMatchObject({ looked: { earlier: 50, later: 50 } });
    expect(answer["warnings"]).toContain("The two have different filters.");
    for (const row of rowsOf(untrustedOf(answer)["kinds"]))
      expect(row["change"] === "not shown to differ").toBe(Number(row["p adjusted"]) > 0.05);
  });
});
