import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type Attached, attach, temporaryHome } from "../server/harness.ts";

const data = process.env["EVALWRIGHT_TEST_DATA"];

const Label = z.object({ taskId: z.string() });

/** Labels of tau2-bench runs (sierra-research/tau2-bench): discordant pairs and exact McNemar p as computed from them. */
describe.skipIf(!data)(
  "published verdicts as recorded results (skipped without EVALWRIGHT_TEST_DATA)",
  () => {
    const home = temporaryHome();
    let server: Attached;
    const evaluations = new Map<string, string>();

    beforeAll(async () => {
      const folder = join(data ?? "", "tau2-airline");
      server = await attach({ home: home.path });
      for (const run of ["opus-4.6-a", "sonnet-4.5", "gpt-5.4"]) {
        const paths = [join(folder, `${run}.otlp.jsonl.gz`), join(folder, `${run}.labels.jsonl`)];
        let answer = await server.call("import_traces", { paths, feedbackColumns: ["reward"] });
        while (answer["state"] === "running")
          answer = await server.call("get_job", { jobId: String(answer["jobId"]), waitSeconds: 20 });
        expect(answer["state"]).toBe("done");
      }
      const rows = readFileSync(join(folder, "gpt-5.4.labels.jsonl"), "utf8").trim().split("\n");
      const examples = rows.map((row) => {
        const { taskId } = Label.parse(JSON.parse(row));
        return { id: `task-${taskId}`, inputs: { taskId }, tags: { taskId } };
      });
      await server.call("save_dataset", { name: "airline", examples, holdout: false });
      await server.call("save_judge", { name: "reward", builtin: "feedback", params: { name: "reward" } });
      for (const model of ["opus", "sonnet", "gpt"]) {
        const answer = await server.call("run_evaluation", {
          dataset: "airline",
          target: "recorded",
          recordedFilter: `model ~ "${model}"`,
          matchTag: "taskId",
          judges: ["reward"],
        });
        expect(answer).toMatchObject({ state: "done", done: 50 });
        evaluations.set(model, String(answer["evaluation"]));
      }
    }, 180_000);

    afterAll(async () => {
      await server.close();
      home.remove();
    });

    const compare = (baseline: string, candidate: string) =>
      server.call("compare_evaluations", {
        baseline: evaluations.get(baseline) ?? "",
        candidate: evaluations.get(candidate) ?? "",
      });

    it("38 and 36 of 50 are inconclusive: discordant 4 and 2, exact p .6875", async () => {
      const answer = await compare("sonnet", "opus");
      expect(answer).toMatchObject({ verdict: "inconclusive" });
      expect(answer["sentence"]).toMatch(/0\.72 to 0\.76, \+0\.04 .* p = \.6875, n 50, 4 gained and 2 lost/);
    });

    it("28 after 38 of 50 is worse: discordant 2 and 12, p .0129", async () => {
      const answer = await compare("opus", "gpt");
      expect(answer).toMatchObject({ verdict: "worse" });
      expect(answer["sentence"]).toMatch(/0\.76 to 0\.56, -0\.2 .* p = \.0129, n 50, 2 gained and 12 lost/);
    });

    it("refuses evaluations that are not comparable and says what differs", async () => {
      await server.call("save_dataset", { name: "airline", remove: ["task-0"] });
      const other = await server.call("run_evaluation", {
        dataset: "airline",
        target: "recorded",
        recordedFilter: 'model ~ "gpt"',
        matchTag: "taskId",
        judges: ["reward"],
      });
      const error = await server.fail("compare_evaluations", {
        baseline: evaluations.get("gpt") ?? "",
        candidate: String(other["evaluation"]),
      });
      expect(error).toMatch(/^refused: .*versions of airline are 1 and 2/);
    });
  },
);
