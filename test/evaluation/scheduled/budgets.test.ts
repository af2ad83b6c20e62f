import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startScriptedEndpoint } from "../../scripted-endpoint.ts";
import { freePort, run, serverEntry } from "../../server/harness.ts";
import { collectors, envOf, newestJob, openHome, RELEVANT, sendTrace, until, verdictsOn } from "./fixture.ts";

const { newHome, collect } = collectors();

const HOUR_MS = 3_600_000;

/** A clock that all processes of an environment go by, and that can be put forward while they run. */
function clockOf(home: string) {
  const file = join(home, "clock");
  const module = join(home, "clock.mjs");
  writeFileSync(
    module,
    `import { readFileSync } from "node:fs";
     const now = Date.now.bind(Date);
     let [read, shift] = [0, 0];
     Date.now = () => {
       if (now() - read > 200) [read, shift] = [now(), Number(readFileSync(${JSON.stringify(file)}, "utf8"))];
       return now() + shift;
     };`,
  );
  let shiftMs = 0;
  return {
    env: { NODE_OPTIONS: `--import=${module}` },
    /** The day and hour (UTC) that it shows from now on. */
    set(day: string, hour: number): void {
      shiftMs = Date.parse(`${day}T00:00:00Z`) + hour * HOUR_MS - Date.now();
      writeFileSync(file, String(shiftMs));
    },
    /** For sending: how many hours ago it is by our clock. */
    age: () => -shiftMs / HOUR_MS,
  };
}

it("each day has its budget, and all days together theirs; a restart forgets neither", async () => {
  const home = newHome();
  await using endpoint = await startScriptedEndpoint({ otherwise: RELEVANT });
  const clock = clockOf(home);
  clock.set("2031-03-01", 23.8);
  const env = { ...envOf(home, endpoint.url), ...clock.env };
  const budget = ["--judge-budget", "3calls", "--judge-total", "5calls"];
  const args = ["--judge", "relevance=1", "--judge-quiet", "1", ...budget];
  const first = await collect(env, args);
  expect(first.said()).toContain("at most 3 calls a day; 5 calls over all days");
  const send = async (url: string, from: number, count: number) => {
    for (let i = from; i < from + count; i += 1) await sendTrace(url, { asks: `${i}?`, age: clock.age() });
  };
  const through = (counts: object, not?: string) =>
    until(async () => {
      const job = await newestJob(env);
      const row = job?.judge("relevance");
      const isThere = Object.entries(counts).every(([name, count]) => row?.[name] === count);
      return job && job.id !== not && isThere ? job : undefined;
    }, JSON.stringify(counts));

  await send(first.url, 0, 5);
  const dayOne = await through({ judged: 3, "over budget": 2 });
  expect(dayOne.data["spent"]).toMatchObject({ calls: 3 });
  expect(dayOne.data["passRatesAre"]).toContain("before the budget was used up");
  expect(endpoint.requests).toHaveLength(3);

  // Past midnight: a new job, with what is left of the total.
  clock.set("2031-03-02", 0.1);
  await send(first.url, 5, 1);
  const dayTwo = await through({ judged: 1, "over budget": 0 }, dayOne.id);
  expect(dayTwo.data["passRatesAre"]).toContain("of all that came in");
  expect(await first.stop()).toBe(0);
  const second = await collect(env, args);
  await send(second.url, 6, 4);
  const still = await through({ judged: 2, "over budget": 3 });
  expect(still.id).toBe(dayTwo.id);
  expect(endpoint.requests).toHaveLength(5);
  const show = await run([serverEntry, "judge-schedule", "show"], env);
  expect(show.stdout).toContain("2 calls");

  // A third day finds nothing left of the total.
  clock.set("2031-03-03", 8);
  await send(second.url, 10, 2);
  await through({ judged: 0, "over budget": 2 }, dayTwo.id);
  expect(endpoint.requests).toHaveLength(5);
  expect(await second.stop()).toBe(0);
});

it("an endpoint that is away takes nothing of the budget, and what waited is judged after a restart", async () => {
  const home = newHome();
  const port = await freePort();
  const env = envOf(home, `http://127.0.0.1:${port}/v1`);
  const args = ["--judge", "relevance=1", "--judge-quiet", "1", "--judge-budget", "12calls"];
  const first = await collect(env, args);
  const ids: string[] = [];
  for (let i = 0; i < 12; i += 1) ids.push(await sendTrace(first.url, { asks: `${i}?` }));
  await until(async () => (first.said().includes("does not answer") ? true : undefined), "it is away");
  // It is asked several times in vain.
  await until(async () => {
    const job = await newestJob(env);
    return Number(job?.data["outages"]) >= 3 ? job : undefined;
  }, "it is tried again");
  expect(await first.stop()).toBe(0);

  await using endpoint = await startScriptedEndpoint({ otherwise: RELEVANT, port });
  const second = await collect(env, args);
  await using store = await openHome(home);
  await until(async () => {
    const verdicts = await verdictsOn(store, ids, "relevance");
    return verdicts.size === ids.length ? verdicts : undefined;
  }, "all are judged");
  const job = await until(async () => {
    const seen = await newestJob(env);
    return seen?.seen("traces model") === 12 ? seen : undefined;
  }, "all are counted");
  expect(job.judge("relevance")).toMatchObject({ judged: 12, failed: 0, "over budget": 0 });
  expect(job.data["spent"]).toMatchObject({ calls: 12 });
  expect(endpoint.requests).toHaveLength(12);
  expect(await second.stop()).toBe(0);
});

it("a budget in dollars is used up by what calls took, not by what many at once might have", async () => {
  const home = newHome();
  await using endpoint = await startScriptedEndpoint({
    answer: () => ({ text: RELEVANT, usage: { prompt_tokens: 1_000, completion_tokens: 1_000 } }),
    latencyMs: 50,
  });
  // Two cents a call; the estimate before it is larger.
  const prices = { inputPerMTok: 10, outputPerMTok: 10 };
  const priced = { baseUrl: endpoint.url, model: "priced", prices };
  writeFileSync(join(home, "models.yaml"), JSON.stringify({ default: "priced", endpoints: { priced } }));
  const env = envOf(home);
  const args = ["--judge", "relevance=1", "--judge-quiet", "1", "--judge-budget", "0.2usd"];
  const collecting = await collect(env, args);
  for (let i = 0; i < 16; i += 1) await sendTrace(collecting.url, { asks: `${i}?` });
  const job = await until(async () => {
    const seen = await newestJob(env);
    return seen?.seen("traces model") === 16 ? seen : undefined;
  }, "all are seen");
  const { judged, "over budget": over } = job.judge("relevance") ?? {};
  expect(Number(judged) + Number(over)).toBe(16);
  expect(Number(judged)).toBeGreaterThanOrEqual(7);
  expect(Number(judged)).toBeLessThanOrEqual(10);
  expect(endpoint.requests).toHaveLength(Number(judged));
  expect(await collecting.stop()).toBe(0);
});

it("conversations are judged whole once they are quiet, and once more when they go on", async () => {
  const home = newHome();
  const said: string[] = [];
  await using endpoint = await startScriptedEndpoint({
    answer: ({ text }) => {
      said.push(text);
      if (!/frustrat/i.test(text)) return RELEVANT;
      return JSON.stringify({ rationale: "so", label: text.includes("useless") ? "unresolved" : "none" });
    },
  });
  const env = envOf(home, endpoint.url);
  const quiet = ["--judge-quiet", "1", "--judge-session-quiet", "3"];
  // One judge is made for conversations, the other is told to look at them.
  const args = ["--judge", "user_frustration=1", "relevance=1", "--judge-level", "sessions", ...quiet];
  const collecting = await collect(env, args);
  const turns = ["Hello?", "Where is my parcel?", "And when?"];
  for (const asks of turns) await sendTrace(collecting.url, { asks, session: "long" });
  await sendTrace(collecting.url, { asks: "Bye?", session: "brief" });
  await using store = await openHome(home);
  await until(async () => {
    const verdicts = await verdictsOn(store, ["long", "brief"], "user_frustration");
    return verdicts.size === 2 ? verdicts : undefined;
  }, "both are judged");
  expect(said.some((text) => turns.every((turn) => text.includes(turn)))).toBe(true);
  await sendTrace(collecting.url, { asks: "This is useless!", session: "long" });
  await until(async () => {
    const verdict = (await verdictsOn(store, ["long"], "user_frustration")).get("long");
    return verdict?.value === "unresolved" ? verdict : undefined;
  }, "it is judged again");
  const job = await until(async () => {
    const seen = await newestJob(env);
    return seen?.judge("user_frustration")?.["judged again"] === 1 ? seen : undefined;
  }, "it is counted");
  expect(job.judge("user_frustration")).toMatchObject({ of: "sessions", drawn: 2, judged: 2 });
  expect(job.judge("relevance")).toMatchObject({ of: "sessions", drawn: 2, judged: 2, "judged again": 1 });
  expect(job.seen("traces model")).toBe(0);
  expect(await collecting.stop()).toBe(0);
});
