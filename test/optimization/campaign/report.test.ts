import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { modelEnv, type ScriptedEndpoint, startScriptedEndpoint } from "../../scripted-endpoint.ts";
import { bareEnv, run, serverEntry, temporaryHome } from "../../server/harness.ts";
import { makeAgent, makeQuestions, presentText, withRuleOf } from "./fixture.ts";

const HOSTILE = '</title><script>alert(1)</script> | ]]> & "quoted" \u001b[31m';

const home = temporaryHome();
const repository = makeAgent();
let endpoint: ScriptedEndpoint;
const fileOf = (name: string) => join(home.path, name);

const evalwright = (...args: string[]) => {
  const env = {
    ...bareEnv(home.path),
    CLAUDE_PROJECT_DIR: repository,
    EVALWRIGHT_PROJECT: "test",
    ...modelEnv(endpoint.url),
  };
  return run([serverEntry, ...args], env, repository);
};

beforeAll(async () => {
  endpoint = await startScriptedEndpoint({
    answer(request) {
      const order = JSON.stringify(request.body).replaceAll("\\n", "\n");
      const present = presentText(order);
      // Of two proposals of a step the second is worth nothing.
      const system = order.includes("Yours is number 2")
        ? `${present}\n${HOSTILE}`
        : withRuleOf(present, order);
      return JSON.stringify({ hypothesis: `mends ${HOSTILE}`, components: { system } });
    },
  });
  writeFileSync(
    fileOf("rows.jsonl"),
    makeQuestions(80)
      .map((row) => JSON.stringify(row))
      .join("\n"),
  );
  writeFileSync(fileOf("seed.md"), "You are a shop assistant.");
  await evalwright("call", "save_dataset", "name=refunds", `path=${fileOf("rows.jsonl")}`);
  await evalwright("prompt", "save", "support", fileOf("seed.md"));
});

afterAll(async () => {
  await endpoint[Symbol.asyncDispose]();
  home.remove();
  rmSync(repository, { recursive: true, force: true });
});

it("a campaign's report before and after the look: lineage, attempts, scores, the change; hostile text is text", async () => {
  const campaign = ["--dataset", "refunds", "--target", "agent.yaml", "--prompt", "system=support"];
  const searched = await evalwright(
    ...["optimize", ...campaign, "--judge", "exact_match", "--max-proposals", "8", "--no-finish", "--json"],
  );
  expect(searched).toMatchObject({ code: 0, stderr: "" });
  const { optimization, jobId, chosen } = JSON.parse(searched.stdout);
  expect(chosen.index).toBeGreaterThan(0);
  const before = await evalwright("optimize", "report", optimization);
  expect(before.stdout).toMatch(
    /Not verified: the search chose candidate \d+ .*the holdout has not been looked at/,
  );

  expect((await evalwright("optimize", "--resume", jobId, "--json")).code).toBe(0);
  const written = await evalwright(
    "optimize",
    "report",
    optimization,
    "--out",
    fileOf("r.html"),
    fileOf("r.md"),
  );
  expect(written).toMatchObject({ code: 0, stdout: "", stderr: "" });

  const html = readFileSync(fileOf("r.html"), "utf8");
  expect(html).toContain('<p class="verdict">Better on sealed examples.');
  for (const hostile of ["<script", "</title> |", "\u001b", "http://", "https://"])
    expect(html).not.toContain(hostile);
  expect(html).toContain("&lt;/title&gt;&lt;script&gt;");
  // One node for each candidate, and a leaf for each rejected edit.
  const lineage = html.slice(html.indexOf("Lineage:"), html.indexOf("Best validation score"));
  const [nodes, leaves] = [/r="7"/g, /class="leaf"/g].map((what) => lineage.match(what)?.length ?? 0);
  expect(nodes).toBeGreaterThanOrEqual(chosen.index + 1);
  expect(leaves).toBe(html.match(/<td>rejected<\/td>/g)?.length);
  expect(leaves).toBeGreaterThan(0);
  expect(html).toContain('<span class="add">+books: 30 days</span>');
  expect(html).toMatch(/<td>holdout<\/td><td>\d+<\/td><td>0<\/td><td>[01][.\d]*<\/td>.*sealed: decides/);

  const markdown = readFileSync(fileOf("r.md"), "utf8");
  expect(markdown).toMatch(/^# Campaign op-/);
  expect(markdown).not.toContain("\u001b");
  expect(markdown).toMatch(/\n {2}1 {2}0\.\d+ .*mends/);
  expect(markdown).toMatch(/\| 1 \| 0 \| mends .* \| yes, validation 0 -\\> 0\.\d+/);
  expect(markdown).toContain("\\</title\\>\\<script\\>alert(1)\\</script\\>");
  expect(markdown).toContain("+books: 30 days");
}, 240_000);

it("names the campaigns that there are", async () => {
  const missing = await evalwright("optimize", "report", "op-nothing");
  expect(missing.code).toBe(1);
  expect(missing.stderr).toMatch(/^not_found: No optimization "op-nothing".* The newest: op-/);
});
