import { describe, expect, it } from "vitest";
import { z } from "zod";
import { drawn } from "../../src/evaluation/find-items.ts";
import { Json, type JsonObject } from "../../src/model/json.ts";
import { type PpiMean, ppiMean } from "../../src/statistics/ppi.ts";
import { type Attached, attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import { data, devAi, type LabelledPair, votes, writeLabelFiles } from "./recorded-labels.ts";

async function withLabels(
  pairs: readonly LabelledPair[],
  work: (server: Attached) => Promise<void>,
  labelled: readonly LabelledPair[] = pairs,
): Promise<void> {
  const home = temporaryHome();
  const files = writeLabelFiles(home.path, pairs, labelled);
  const server = await attach({ home: home.path });
  try {
    await server.call("import_traces", { paths: [files.traces] });
    await server.call("import_traces", { paths: [files.people], feedbackColumns: ["passes"] });
    await server.call("import_traces", {
      paths: [files.judge],
      feedbackColumns: ["judged"],
      feedbackSource: "llm_judge",
    });
    await server.call("save_judge", { name: "recorded", builtin: "feedback", params: { name: "judged" } });
    await work(server);
  } finally {
    await server.close();
    home.remove();
  }
}

const measure = (card: JsonObject, name: string): JsonObject => {
  const row = rowsOf(card["measures"]).find((one) => String(one["measure"]).startsWith(name));
  if (!row) throw new Error(`no ${name}`);
  return row;
};

describe.skipIf(!data)(
  "published labels, imported as feedback (skipped without EVALWRIGHT_TEST_DATA)",
  () => {
    it("DevAI, GPT-Pilot: agreement .8661, kappa .7301, AC1 .7344 of 366 requirements in 55 tasks", async () => {
      await withLabels(devAi(), async (server) => {
        const answer = await server.call("calibrate_judge", { judge: "recorded", labels: "passes" });
        expect(answer).toMatchObject({ kind: "calibration", state: "done" });
        const card = untrustedOf(answer);
        expect(card).toMatchObject({ n: 366, independent: 55, coverage: { labelled: 366, compared: 366 } });
        expect(measure(card, "agreement")["value"]).toBeCloseTo(0.8661, 4);
        expect(measure(card, "Cohen's kappa")["value"]).toBeCloseTo(0.7301, 4);
        expect(measure(card, "Gwet's AC1")["value"]).toBeCloseTo(0.7344, 4);
        expect(rowsOf(card["confusion"])).toEqual([
          { "people \\ judge": "pass", pass: 142, fail: 21 },
          { "people \\ judge": "fail", pass: 28, fail: 175 },
        ]);
        expect(measure(card, "Cohen's kappa")["method"]).toBe("cluster_bootstrap");
      });
    });

    const limits = (row: JsonObject | undefined): number[] =>
      z.array(z.number()).parse(JSON.parse(String(row?.["95% interval"])));

    it.each(["gpt-5.2", "gpt-4o-mini"])(
      "votes of LMArena, 100 of them as labels: %s is uninformative, and PPI++ is no worse than people alone",
      async (judge) => {
        const all = votes(judge);
        await withLabels(
          all,
          async (server) => {
            const card = untrustedOf(
              await server.call("calibrate_judge", { judge: "recorded", labels: "passes", population: "" }),
            );
            expect(card).toMatchObject({ n: 100, informative: "no" });
            expect(card["says"]).toMatch(/^UNINFORMATIVE/);
            expect(measure(card, "Youden's J")["method"]).toBe("newcombe");
            const rate = z.object({ use: z.string(), estimates: z.unknown() }).parse(card["rate"]);
            expect(rate.use).toBe("people alone");
            const rows = new Map(rowsOf(Json.parse(rate.estimates)).map((row) => [row["method"], row]));
            const width = (method: string) => {
              const [low = 0, high = 1] = limits(rows.get(method));
              return high - low;
            };
            expect(width("PPI++")).toBeLessThan(width("people alone") * 1.03);
            expect(rows.get("Rogan-Gladen")).toMatchObject({ "pass rate": null });
            expect(JSON.stringify(rows.get("Rogan-Gladen"))).toContain("J reaches 0.1");
            if (judge !== "gpt-5.2") return;
            // As computed from the same rows by the published formulas.
            expect(measure(card, "Youden's J")["value"]).toBeCloseTo(0.0787, 4);
            expect(rows.get("people alone")).toMatchObject({ n: "100", "pass rate": 0.43 });
            expect(rows.get("PPI++")).toMatchObject({ n: "100 + 225", "pass rate": 0.4297 });
            expect(limits(rows.get("PPI++"))).toEqual([
              expect.closeTo(0.4297 - 0.0973, 3),
              expect.closeTo(0.4297 + 0.0973, 3),
            ]);
            expect(JSON.stringify(rows.get("PPI++"))).toContain("lambda 0.0536");
          },
          all.slice(0, 100),
        );
      },
    );

    it.each(["gpt-5.2", "gpt-4o-mini"])(
      "votes of LMArena, 100 drawn as labels 200 times: with %s PPI++ is never wider than people alone, and covers",
      (judge) => {
        const all = votes(judge);
        const truth = all.filter(({ people }) => people).length / all.length;
        const covers = ({ interval: { low, high } }: PpiMean) => low <= truth && truth <= high;
        const splits = Array.from({ length: 200 }, (_, split) => {
          const shuffled = drawn(all, all.length, `split ${split}`, "ppi");
          const [labelled, others] = [shuffled.slice(0, 100), shuffled.slice(100)];
          const scores = {
            human: labelled.map(({ people }) => Number(people)),
            judge: labelled.map((pair) => Number(pair.judge)),
            judgeOnly: others.map((pair) => Number(pair.judge)),
          };
          const [people, plain, tuned] = [
            ppiMean(scores, { lambda: 0 }),
            ppiMean(scores, { lambda: 1 }),
            ppiMean(scores),
          ];
          const ratio = (mean: PpiMean) => mean.standardError / people.standardError;
          return { tuned, ratio: ratio(tuned), plain: ratio(plain) };
        });
        expect(splits.filter(({ ratio }) => ratio > 1.03)).toEqual([]);
        // What tuning saves from: the judge taken at its word is worse than no judge in every split.
        expect(Math.min(...splits.map(({ plain }) => plain))).toBeGreaterThan(1.1);
        // 100 of 325 are drawn without replacement: less varies than the interval allows for.
        const covered = splits.filter(({ tuned }) => covers(tuned)).length;
        expect(covered / splits.length).toBeGreaterThanOrEqual(0.95);
        // Nor is it people alone by another name: most splits are a little narrower.
        expect(splits.filter(({ ratio }) => ratio < 1).length).toBeGreaterThan(150);
      },
    );
  },
);
