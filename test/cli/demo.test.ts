import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { packageRoot } from "../../src/runtime.ts";
import { bareEnv, run, temporaryHome } from "../server/harness.ts";

const home = temporaryHome();
afterAll(() => home.remove());

it("npm run demo: the agent's trouble arrives and is told, campaigns end as they should, and the attach lines name this server", async () => {
  const demo = await run([join(packageRoot, "scripts/demo.ts")], bareEnv(home.path), home.path);
  expect(demo).toMatchObject({ code: 0, stderr: "" });
  for (const told of [
    '["Error: payment gateway timeout after <n> ms (request <id>)","tool","issue_refund",4,2,',
    '["thumbs","end_user",6,0.5,"false:3 true:3"]',
    '[2,"assistant","Your refund has been processed. You will see it in a few days."',
    '["issue_refund",5,4]',
    '"recorded":1',
    // A model judged both runs, beside code.
    '["task_success",0.5,',
    '["task_success",0.833,',
    "Inconclusive: no difference was shown: helped 0.5 to 0.833, +0.333",
    '[1,"0",',
    '"no_gain_on_minibatch"',
    '"verdict":"better","sentence":"Better on sealed examples. ',
    "+Pass order numbers to tools as digits only.",
    '["shop-support","production",1,"a new version","examples/support-agent/agent.ts"]',
    '"sentence":"Not shown: no candidate was better than the seed on validation (0)',
    "refused: The agent did not use the text it was given as system.",
    `claude mcp add --scope user evalwright -- "${process.execPath}" "${join(packageRoot, "dist/evalwright.js")}"`,
  ]) {
    expect(demo.stdout).toContain(told);
  }
}, 180_000);
