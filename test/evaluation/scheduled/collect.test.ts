import { expect, it } from "vitest";
import { z } from "zod";
import { isDrawn } from "../../../src/evaluation/scheduled/sample.ts";
import { startScriptedEndpoint } from "../../scripted-endpoint.ts";
import { attach, freePort, run, serverEntry } from "../../server/harness.ts";
import {
  collectors,
  envOf,
  newestJob,
  newTraceId,
  openHome,
  PROJECT,
  RELEVANT,
  sendTrace,
  until,
  verdictsOn,
} from "./fixture.ts";

const { newHome, collect } = collectors();

const questions = (count: number) => Array.from({ length: count }, (_, i) => `question ${i}?`);

it("a drawn share of what comes in is judged once it is quiet, with version and rate; a restart judges nothing anew", async () => {
  const home = newHome();
  await using endpoint = await startScriptedEndpoint({ otherwise: RELEVANT });
  const env = envOf(home, endpoint.url);
  const judges = ["--judge", "no_refusal=0.5", "relevance=100%", "no_escalation=1"];
  const args = [...judges, "--judge-quiet", "1", "--judge-session-quiet", "2"];
  const first = await collect(env, args);
  await using store = await openHome(home);
  const sealed = newTraceId();
  await store.records.ensureProject({ id: PROJECT, slug: PROJECT });
  await store.records.datasets.sealTraces(PROJECT, [sealed]);
  const ids: string[] = [];
  for (const asks of questions(24)) ids.push(await sendTrace(first.url, { asks, session: "chat" }));
  const leftOut = [
    await sendTrace(first.url, { traceId: sealed, asks: "sealed?" }),
    await sendTrace(first.url, { asks: "old?", age: 30 }),
    await sendTrace(first.url, { asks: "test?", evaluation: "ev-1" }),
  ];

  const before = await until(async () => {
    const job = await newestJob(env);
    const isThrough = job?.seen("traces model") === 27 && job.seen("traces code") === 27;
    return isThrough && job.judge("no_escalation") ? job : undefined;
  }, "all lanes have seen everything");
  const relevance = await verdictsOn(store, [...ids, ...leftOut], "relevance");
  expect(new Set(relevance.keys())).toEqual(new Set(ids));
  const refusal = await verdictsOn(store, [...ids, ...leftOut], "no_refusal");
  const drawn = ids.filter((id) => isDrawn(PROJECT, "no_refusal", id, 0.5));
  expect(drawn.length).toBeGreaterThan(0);
  expect(drawn.length).toBeLessThan(24);
  expect(new Set(refusal.keys())).toEqual(new Set(drawn));
  for (const verdict of refusal.values())
    expect(verdict).toEqual({
      value: true,
      samplingRate: 0.5,
      sourceId: expect.stringMatching(/^no_refusal [0-9a-f]{8}/),
    });
  const ofChat = (await verdictsOn(store, ["chat"], "no_escalation")).get("chat");
  expect(ofChat).toMatchObject({ value: true, samplingRate: 1 });
  expect(endpoint.requests).toHaveLength(24);
  expect(before.judge("relevance")).toMatchObject({
    of: "traces",
    rate: 1,
    drawn: 24,
    judged: 24,
    "pass rate": 1,
  });
  expect(before.judge("no_refusal")).toMatchObject({ rate: 0.5, drawn: drawn.length, judged: drawn.length });
  // By each lane that drew it: the judge at half the rate may not have.
  const out = before.data["drawnAndLeftOut"];
  expect(out).toMatchObject({ gone: 0 });
  for (const why of ["sealed", "tooOld", "evaluationRuns"])
    expect([1, 2]).toContain(z.record(z.string(), z.number()).parse(out)[why]);

  expect(await first.stop()).toBe(0);
  expect(await newestJob(env)).toMatchObject({
    state: "interrupted",
    hint: expect.stringContaining("collect"),
  });
  const second = await collect(env, args);
  // The same question in another trace: one more verdict, answered from the ledger. A late span of one that was judged.
  const late = await sendTrace(second.url, { asks: "question 0?" });
  await sendTrace(second.url, { traceId: ids[3] ?? "", asks: "question 3?", session: "chat" });
  const after = await until(async () => {
    const job = await newestJob(env);
    return job?.judge("relevance")?.["judged again"] === 1 && job.seen("traces model") === 29
      ? job
      : undefined;
  }, "the late ones are judged");
  expect(after.id).toBe(before.id);
  expect((await verdictsOn(store, [late], "relevance")).size).toBe(1);
  expect(after.judge("relevance")).toMatchObject({ drawn: 25, judged: 25 });
  expect(endpoint.requests.length).toBeLessThanOrEqual(25);
});

it("killed at any point, it goes on where it was; two collectors judge nothing twice", async () => {
  const home = newHome();
  await using endpoint = await startScriptedEndpoint({
    otherwise: RELEVANT,
    latencyMs: 300,
    keyPattern: "question [0-9]+",
  });
  const env = envOf(home, endpoint.url);
  const port = await freePort();
  const args = ["--judge", "relevance=1", "--judge-quiet", "1"];
  const first = await collect(env, args, port);
  const second = await collect(env, args, port);
  const ids: string[] = [];
  for (const asks of questions(60)) ids.push(await sendTrace(first.url, { asks }));
  await until(async () => (endpoint.requests.length >= 16 ? true : undefined), "some are judged");
  const judge = first.judge();
  if (judge !== undefined) process.kill(judge, "SIGKILL");
  first.child.kill("SIGKILL");
  expect(judge).toBeDefined();

  await using store = await openHome(home);
  await until(async () => {
    const verdicts = await verdictsOn(store, ids, "relevance");
    return verdicts.size === ids.length ? verdicts : undefined;
  }, "the other one goes on");
  const job = await until(async () => {
    const seen = await newestJob(env);
    return seen?.seen("traces model") === 60 ? seen : undefined;
  }, "all is counted");
  expect(job.judge("relevance")).toMatchObject({ drawn: 60, judged: 60, "judged again": 0, failed: 0 });
  const times = Map.groupBy(endpoint.requests, ({ key }) => key);
  expect(times.size).toBe(60);
  const twice = [...times.values()].filter(({ length }) => length > 1);
  // Only what was in flight: at most eight items at a time.
  expect(twice.every(({ length }) => length === 2)).toBe(true);
  expect(twice.length).toBeLessThanOrEqual(8);
  expect(await second.stop()).toBe(0);
});

it("what was acknowledged just before a crash is judged by whoever collects next, without further traffic", async () => {
  const home = newHome();
  const env = envOf(home);
  const args = ["--judge", "no_refusal=1", "--judge-quiet", "1"];
  const first = await collect(env, args);
  const early = await sendTrace(first.url, { asks: "early?" });
  await until(
    async () => ((await newestJob(env))?.seen("traces code") === 1 ? true : undefined),
    "it judges",
  );
  const last = await sendTrace(first.url, { asks: "last?" });
  // Before its summary is written, which waits for a pause.
  first.child.kill("SIGKILL");
  const second = await collect(env, args);
  await using store = await openHome(home);
  await until(async () => {
    const verdicts = await verdictsOn(store, [early, last], "no_refusal");
    return verdicts.size === 2 ? verdicts : undefined;
  }, "both are judged");
  expect(await second.stop()).toBe(0);
});

it("receiving goes on while the judge's endpoint hangs; one that is away shows in doctor and is tried again", async () => {
  const home = newHome();
  const hanging = await startScriptedEndpoint({ otherwise: { breaks: "hang" } });
  const port = Number(new URL(hanging.url).port);
  const env = envOf(home, hanging.url);
  const collecting = await collect(env, ["--judge", "relevance=1", "no_refusal=1", "--judge-quiet", "1"]);
  await using store = await openHome(home);
  const ids: string[] = [];
  for (const asks of questions(3)) ids.push(await sendTrace(collecting.url, { asks }));
  await until(async () => (hanging.requests.length > 0 ? true : undefined), "the judge is asked");
  for (const asks of questions(20)) ids.push(await sendTrace(collecting.url, { asks }));
  // Judges that need no model do not wait for those that do.
  await until(async () => {
    const verdicts = await verdictsOn(store, ids, "no_refusal");
    return verdicts.size === ids.length ? verdicts : undefined;
  }, "the code judge is through");
  expect((await verdictsOn(store, ids, "relevance")).size).toBe(0);

  await hanging.close();
  await until(async () => (collecting.said().includes("does not answer") ? true : undefined), "it is away");
  const ports = ["--http-port", new URL(collecting.url).port, "--grpc-port", String(await freePort())];
  const doctor = await until(async () => {
    const checked = await run([serverEntry, "doctor", ...ports], env);
    return checked.code === 0 ? undefined : checked;
  }, "doctor sees it");
  expect(doctor.stdout).toMatch(/FAIL {2}judging .*test: .*away since/);
  await using back = await startScriptedEndpoint({ otherwise: RELEVANT, port });
  await until(async () => {
    const verdicts = await verdictsOn(store, ids, "relevance");
    return verdicts.size === ids.length ? verdicts : undefined;
  }, "all are judged");
  expect(back.requests.length).toBeGreaterThan(0);
  expect(collecting.said()).toContain("answers again");
  expect(await collecting.stop()).toBe(0);
});

it("a project's schedule is run by collect alone, within its budget, and can be switched off", async () => {
  const home = newHome();
  await using endpoint = await startScriptedEndpoint({ otherwise: RELEVANT });
  const env = envOf(home, endpoint.url);
  const schedule = (...args: string[]) => run([serverEntry, "judge-schedule", ...args], env);
  const assistant = await run([serverEntry, "judge-schedule", "set", "--judge", "relevance=1"], envOf(home));
  expect(assistant).toMatchObject({ code: 1, stdout: "" });
  expect(assistant.stderr).toContain("would be answered by the assistant");
  expect((await schedule("set", "--judge", "relevance=1", "--judge-budget", "3eggs")).stderr).toContain(
    "500calls",
  );
  const total = await schedule("set", "--judge", "relevance=1", "--judge-total", "5usd");
  expect(total).toMatchObject({ code: 1, stdout: "" });
  expect(total.stderr).toMatch(/budget in dollars alone cannot hold.*Give calls beside the dollars/s);
  const set = ["--judge", "relevance=1", "no_refusal=1", "--judge-quiet", "1", "--judge-budget", "3calls"];
  const answer = await schedule("set", ...set);
  expect(answer.stdout).toContain("relevance on 100 %, no_refusal on 100 %; at most 3 calls a day");

  // The stdio server receives, and starts nothing.
  const httpPort = await freePort();
  const server = await attach({ home, httpPort, env });
  const url = `http://127.0.0.1:${httpPort}`;
  const ids: string[] = [];
  for (const asks of questions(8))
    ids.push(await until(() => sendTrace(url, { asks }).catch(() => undefined), "sent"));
  expect(await newestJob(env)).toBeUndefined();

  await using store = await openHome(home);
  const collecting = await collect(env, [], httpPort);
  const job = await until(async () => {
    const seen = await newestJob(env);
    const isThrough = seen?.seen("traces model") === 8 && seen.seen("traces code") === 8;
    return isThrough && seen.data["budgetUsedUpSince"] ? seen : undefined;
  }, "what came in since it was set is seen");
  expect(job.judge("relevance")).toMatchObject({ judged: 3, "over budget": 5 });
  expect(job.judge("no_refusal")).toMatchObject({ judged: 8, "over budget": 0 });
  expect(job.data["spent"]).toMatchObject({ calls: 3 });
  expect(endpoint.requests).toHaveLength(3);
  expect((await schedule("show")).stdout).toContain("budget is used up");
  expect(await server.fail("manage_job", { jobId: job.id, action: "resume" })).toContain(
    "evalwright collect",
  );

  // Whoever cancels is obeyed until somebody asks for it anew.
  await server.call("manage_job", { jobId: job.id, action: "cancel" });
  await until(async () => (collecting.said().includes("was cancelled") ? true : undefined), "it says so");
  const unjudged = await sendTrace(url, { asks: "meanwhile?" });
  expect(await newestJob(env)).toMatchObject({ id: job.id, state: "cancelled" });
  expect((await verdictsOn(store, [unjudged], "no_refusal")).size).toBe(0);
  await schedule("set", ...set);
  await until(async () => (await verdictsOn(store, [unjudged], "no_refusal")).get(unjudged), "it goes on");
  const goneOn = await newestJob(env);
  expect(goneOn).toMatchObject({ id: job.id, state: "running" });
  expect(endpoint.requests).toHaveLength(3);

  expect((await schedule("off")).stdout).toContain("off");
  await until(async () => ((await newestJob(env))?.state === "done" ? true : undefined), "the job ends");
  expect((await schedule("show")).stdout).toContain("no schedule");
  await server.close();
  expect(await collecting.stop()).toBe(0);
});
