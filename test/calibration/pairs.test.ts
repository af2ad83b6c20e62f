import { expect, it } from "vitest";
import { modelEnv, startScriptedEndpoint } from "../scripted-endpoint.ts";
import { attach, rowsOf, temporaryHome, untrustedOf } from "../server/harness.ts";
import { says } from "./fixture.ts";

/** The better answer is called good; of the last four pairs the judge takes whichever comes first. */
const COUNT = 24;
const firstIsBetter = (i: number) => i % 2 === 0;

it("a judge of pairs against people's choices: agreement, and how often both orders say the same", async () => {
  await using endpoint = await startScriptedEndpoint({
    answer: ({ text }) => {
      const i = Number(/Question (\d+)/.exec(text)?.[1]);
      const firstIsGood = text.indexOf("good answer") < text.indexOf("bad answer");
      return says(i >= COUNT - 4 || firstIsGood ? "first" : "second");
    },
  });
  const home = temporaryHome();
  const server = await attach({ home: home.path, env: modelEnv(endpoint.url) });
  try {
    await server.call("save_dataset", {
      name: "pairs",
      holdout: false,
      examples: Array.from({ length: COUNT }, (_, i) => ({
        id: `p${i}`,
        inputs: { message: `Question ${i}` },
        expectations: {
          first: firstIsBetter(i) ? "a good answer" : "a bad answer",
          second: firstIsBetter(i) ? "a bad answer" : "a good answer",
          chosen: firstIsBetter(i) ? "first" : "second",
        },
      })),
    });
    expect(await server.fail("calibrate_judge", { judge: "preference" })).toMatch(
      /expectations first and second/,
    );
    const answer = await server.call("calibrate_judge", {
      judge: "preference",
      dataset: "pairs",
      labels: "chosen",
      repeats: 0,
    });
    const card = untrustedOf(answer);
    expect(card).toMatchObject({ n: COUNT, choseFirst: 0.5833, coverage: { compared: COUNT } });
    const rows = new Map(rowsOf(card["measures"]).map((row) => [row["measure"], row]));
    // 20 of 24 are the same in both orders and right; the other four are ties.
    expect(rows.get("order consistency")).toMatchObject({ value: 0.8333, method: "wilson" });
    expect(rows.get("agreement")).toMatchObject({ value: 0.8333 });
    expect(rowsOf(card["confusion"])).toEqual([
      { "people \\ judge": "win", win: 10, loss: 0, tie: 2 },
      { "people \\ judge": "loss", win: 0, loss: 10, tie: 2 },
      { "people \\ judge": "tie", win: 0, loss: 0, tie: 0 },
    ]);
    expect(JSON.stringify(card["notes"])).toContain("ties are left out");
    expect(endpoint.requests.map(({ text }) => text).join()).not.toContain("chosen");
  } finally {
    await server.close();
    home.remove();
  }
});
