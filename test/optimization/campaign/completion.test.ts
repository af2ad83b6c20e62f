import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { modelEnv, startScriptedEndpoint } from "../../scripted-endpoint.ts";
import { attach, temporaryHome } from "../../server/harness.ts";
import { finish, makeAgent, makeQuestions } from "./fixture.ts";

const SEED = "You are a shop assistant.";
const LONG = `${SEED}\nQuote the whole policy.`;

it("answers that please the judge and are cut off at the limit of tokens are said to be no work done to its end", async () => {
  const home = temporaryHome();
  const repository = makeAgent();
  const endpoint = await startScriptedEndpoint({
    otherwise: "I would ask the manager.",
    rules: [{ when: "the whole policy", reply: [{ text: "30 days, and then the", finishReason: "length" }] }],
  });
  writeFileSync(
    join(repository, "prompt.yaml"),
    'kind: prompt\nmodel: environment\nprompt:\n  - {role: system, content: "You sell."}\n  - {role: user, content: "{{question}}"}\n',
  );
  const server = await attach({
    home: home.path,
    env: { CLAUDE_PROJECT_DIR: repository, ...modelEnv(endpoint.url) },
  });
  onTestFinished(async () => {
    await server.close();
    await endpoint.close();
    home.remove();
    rmSync(repository, { recursive: true, force: true });
  });
  await server.call("save_dataset", { name: "refunds", examples: makeQuestions(80) });
  await server.call("save_prompt", { name: "support", text: SEED });
  await server.call("save_judge", { name: "days", builtin: "contains", params: { values: ["30 days"] } });
  const started = await server.call("start_optimization", {
    dataset: "refunds",
    target: "prompt.yaml",
    prompts: ["system=support"],
    judges: ["days"],
  });
  const id = String(started["optimization"]);
  const tried = await server.call("try_candidate", {
    optimization: id,
    components: { system: LONG },
    hypothesis: "it lacks the policy",
  });
  expect(tried).toMatchObject({ decision: "accepted" });
  const finished = await finish(server, id);
  expect(finished).toMatchObject({ verdict: "better" });
  expect(JSON.stringify(finished["limits"])).toMatch(
    /tripwire: The score rises while runs that came to their end/,
  );
}, 120_000);
