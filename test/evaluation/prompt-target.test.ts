import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { modelEnv, startScriptedEndpoint } from "../scripted-endpoint.ts";
import { bareEnv, run, serverEntry, temporaryHome } from "../server/harness.ts";
import { makeRepository } from "./fixture.ts";

const refuses = (status: number, code: string) => ({ status, body: { error: { message: "no", code } } });

it("a prompt over the model's limit, or one that it will not answer, is the prompt's failure; an endpoint's is missing data", async () => {
  const home = temporaryHome();
  const repository = makeRepository();
  const endpoint = await startScriptedEndpoint({
    otherwise: "fine",
    rules: [
      { when: "novel", reply: [refuses(400, "context_length_exceeded")] },
      { when: "novella", reply: [{ status: 413 }] },
      { when: "poison", reply: [refuses(400, "content_filter")] },
      { when: "riddle", reply: [refuses(404, "model_not_found")] },
    ],
  });
  onTestFinished(async () => {
    await endpoint.close();
    home.remove();
    rmSync(repository, { recursive: true, force: true });
  });
  writeFileSync(
    join(repository, "prompt.yaml"),
    'kind: prompt\nmodel: environment\nprompt: "Read this: {{message}}"\n',
  );
  const messages = ["a note", "a novel", "a novella", "poison", "a riddle"];
  writeFileSync(
    join(repository, "texts.jsonl"),
    messages
      .map((message) => JSON.stringify({ inputs: { message }, expectations: { answer: "fine" } }))
      .join("\n"),
  );
  const env = {
    ...bareEnv(home.path),
    CLAUDE_PROJECT_DIR: repository,
    EVALWRIGHT_PROJECT: "test",
    ...modelEnv(endpoint.url),
  };
  const save = [serverEntry, "call", "save_dataset", "name=texts", "path=texts.jsonl", "holdout=false"];
  expect((await run(save, env, repository)).code).toBe(0);
  const ended = await run(
    [
      serverEntry,
      "eval",
      "--dataset",
      "texts",
      "--target",
      "prompt.yaml",
      "--judge",
      "exact_match",
      "--json",
    ],
    env,
    repository,
  );
  const { runs, judges } = z
    .object({ runs: z.unknown(), judges: z.object({ rows: z.array(z.array(z.unknown())) }) })
    .parse(JSON.parse(ended.stdout));
  expect(runs).toEqual({ ok: 1, error: 3, infrastructure: 1 });
  expect(judges.rows[0]).toContain("4 of 5");
  expect(judges.rows[0]).toContain("run_missing 1");
});
