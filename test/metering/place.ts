import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { z } from "zod";
import type { JsonObject } from "../../src/model/json.ts";
import { makeRepository } from "../evaluation/fixture.ts";
import { bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";
import { writeFiles } from "../targets/fixtures.ts";

const Run = z.object({
  status: z.string(),
  output: z.unknown(),
  costUsd: z.number().nullable(),
  inputTokens: z.number().nullable(),
  outputTokens: z.number().nullable(),
  usageFrom: z.object({ cost: z.string().nullable(), tokens: z.string().nullable() }),
  metered: z.looseObject({ calls: z.number() }).optional(),
});
const Shown = z.object({ untrusted: z.object({ rows: z.array(z.object({ run: Run })) }) });

const Ended = z.object({
  evaluation: z.string(),
  runs: z.record(z.string(), z.number()),
  spent: z.object({ calls: z.number(), tokens: z.number(), usd: z.number(), unpriced: z.number() }),
  notes: z.array(z.string()).default([]),
});

/** Dollars for a million tokens of the endpoint `priced`. */
export const PRICES = { inputPerMTok: 100, outputPerMTok: 20 };

/** A user's folder and repository with an endpoint file whose endpoint `priced` is `url`; removed with the test. */
export function openPlace(
  url: string,
  files: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
) {
  const home = temporaryHome();
  const repository = makeRepository();
  onTestFinished(() => {
    home.remove();
    rmSync(repository, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  writeFiles(repository, files);
  const endpoint = { baseUrl: url, model: "scripted", prices: PRICES };
  writeFileSync(
    join(home.path, "models.json"),
    JSON.stringify({ default: null, endpoints: { priced: endpoint } }),
  );
  const env = {
    ...bareEnv(home.path),
    ...more,
    CLAUDE_PROJECT_DIR: repository,
    EVALWRIGHT_PROJECT: "test",
    EVALWRIGHT_MODELS: join(home.path, "models.json"),
  };
  const evalwright = (...args: string[]) => run([serverEntry, ...args], env, repository);
  return {
    home: home.path,
    repository,
    env,
    evalwright,
    /** Saves examples as dataset `asked`; their ids are e0, e1, ... */
    async save(inputs: readonly JsonObject[], turns: readonly string[] = []): Promise<void> {
      const lines = inputs.map((input, i) => JSON.stringify({ id: `e${i}`, inputs: input, turns }));
      writeFileSync(join(repository, "asked.jsonl"), lines.join("\n"));
      const saved = await evalwright(
        "call",
        "save_dataset",
        "name=asked",
        "path=asked.jsonl",
        "holdout=false",
      );
      expect(saved.code, saved.stderr).toBe(0);
    },
    evaluate: (target: string, ...more: string[]) =>
      evalwright(
        "eval",
        "--dataset",
        "asked",
        "--target",
        target,
        "--judge",
        "no_refusal",
        "--json",
        ...more,
      ),
    ended: (stdout: string) => Ended.parse(JSON.parse(stdout)),
    /** All that is known of the run of one example. */
    async runOf(evaluation: string, exampleId: string) {
      const shown = await evalwright(
        ...["call", "get_record", "kind=evaluation", `id=${evaluation}`, `exampleId=${exampleId}`, "--json"],
      );
      const [row] = Shown.parse(JSON.parse(shown.stdout)).untrusted.rows;
      if (!row) throw new Error("the example has no row");
      return row.run;
    },
  };
}

/** A target file of a program of the repository. */
export const targetOf = (kind: "command" | "worker", program: readonly string[], meter: string): string =>
  `kind: ${kind}\nrun: ${JSON.stringify(program)}\ntimeoutMs: 20000\nconcurrency: 2\n${meter}`;
