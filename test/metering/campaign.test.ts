import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeQuestions, presentText, withRuleOf } from "../optimization/campaign/fixture.ts";
import { modelEnv, startScriptedEndpoint } from "../scripted-endpoint.ts";
import { LEARNER } from "./agents.ts";
import { openPlace, targetOf } from "./place.ts";

const MAX_CALLS = 700;

it("a campaign keeps back what the final look of a metered agent really takes, and ends within its calls", async () => {
  const model = await startScriptedEndpoint({ otherwise: { text: "hm", usage: { prompt_tokens: 3 } } });
  const reflection = await startScriptedEndpoint({
    answer(request) {
      const order = JSON.stringify(request.body).replaceAll("\\n", "\n");
      const text = withRuleOf(presentText(order), order);
      return JSON.stringify({ hypothesis: "a policy is missing", components: { system: text } });
    },
  });
  onTestFinished(async () => {
    await model.close();
    await reflection.close();
  });
  const place = openPlace(
    model.url,
    {
      "agent.ts": LEARNER,
      "support.md": "You are a shop assistant.",
      "target.yaml": targetOf("worker", [process.execPath, "agent.ts"], "meter: {OPENAI_BASE_URL: priced}\n"),
    },
    modelEnv(reflection.url),
  );
  const rows = makeQuestions(80).map((row) => JSON.stringify(row));
  writeFileSync(join(place.home, "refunds.jsonl"), rows.join("\n"));
  await place.evalwright("call", "save_dataset", "name=refunds", `path=${join(place.home, "refunds.jsonl")}`);
  await place.evalwright("prompt", "save", "support", "support.md");
  const done = await place.evalwright(
    ...["optimize", "--dataset", "refunds", "--target", "target.yaml", "--prompt", "system=support@1"],
    ...["--judge", "exact_match", "--max-calls", String(MAX_CALLS), "--json"],
  );
  expect(done.stderr).not.toContain("refused:");
  expect(JSON.parse(done.stdout)).toMatchObject({
    look: 1,
    verdict: expect.stringMatching(/^(better|inconclusive)$/),
  });
  // A run is as many calls as it asked of its model; what was in flight when a step ended is all that may come on top.
  expect(model.log.length).toBeGreaterThan(MAX_CALLS / 2);
  expect(model.log.length + reflection.log.length).toBeLessThanOrEqual(MAX_CALLS);
}, 120_000);
