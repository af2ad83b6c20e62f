import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
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

    it.each(["gpt-5.2", "gpt-4o-mini"])("votes of LMArena: %s is uninformative about them", async (judge) => {
      await withLabels(votes(judge), async (server) => {
        const answer = await server.call("calibrate_judge", { judge: "recorded", labels: "passes" });
        const card = untrustedOf(answer);
        expect(card["says"]).toMatch(/^UNINFORMATIVE/);
        expect(measure(card, "Youden's J")["method"]).toBe("newcombe");
      });
    });
  },
);
