import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/model/json.ts";
import type { ProposalBody } from "../../../src/model/proposal.ts";
import { openSqliteStore } from "../../../src/store/sqlite/open.ts";
import {
  type Attached,
  attach,
  bareEnv,
  listening,
  rowsOf,
  run,
  serverEntry,
  temporaryHome,
  untrustedOf,
} from "../../server/harness.ts";

const home = temporaryHome();
const folder = mkdtempSync(join(tmpdir(), "evalwright-watch-"));
let server: Attached;

const [BEFORE, AFTER] = ["Be brief.", "Be very brief."];
const DAY_MS = 86_400_000;

/** As a campaign leaves it. */
const body: ProposalBody = {
  optimization: "op-1",
  candidate: 1,
  hypothesis: "shorter is better",
  changes: [{ component: "system", prompt: { name: "support", version: 1 }, before: BEFORE, after: AFTER }],
  patch: null,
  verdict: "better",
  sentence: "Better on sealed examples.",
  scores: {
    train: { before: null, after: null },
    validation: { before: 0.5, after: 0.75 },
    validationCorrected: 0.7,
    holdout: { before: 0.5, after: 0.7 },
  },
  flips: { gained: [], lost: [] },
  length: { before: 9, after: 14 },
  comparison: null,
  look: 1,
  limits: [],
  history: [],
};

async function propose(project: string, id: string): Promise<void> {
  await using store = await openSqliteStore({ path: join(home.path, "evalwright.db") });
  await store.records.ensureProject({ id: project, slug: project });
  await store.records.optimizations.createProposal({ id, projectId: project, optimizationId: "op-1", body });
}

interface Sent {
  readonly project: string;
  readonly prompt?: string;
  readonly atMs: number;
  readonly says?: string;
  readonly asks?: string;
  readonly session?: string;
  readonly lastsMs?: number;
  readonly evaluation?: boolean;
}

let number = 0;

/** Traces of sessions of two, each with what a user thought of it. */
async function send(sent: Sent, thumbs: readonly boolean[]): Promise<void> {
  const items: JsonObject[] = [];
  const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const spans = thumbs.map((value, i) => {
    number += 1;
    const traceId = String(number).padStart(32, "0");
    items.push({ traceId, name: "thumbs", value });
    const said = [{ role: "assistant", parts: [{ type: "text", content: sent.says ?? "Certainly." }] }];
    const asked = [{ role: "user", parts: [{ type: "text", content: sent.asks ?? "May I?" }] }];
    return {
      traceId,
      spanId: String(number).padStart(16, "0"),
      name: "chat",
      startTimeUnixNano: String(BigInt(sent.atMs + i) * 1_000_000n),
      endTimeUnixNano: String(BigInt(sent.atMs + i + (sent.lastsMs ?? 5)) * 1_000_000n),
      attributes: [
        text("gen_ai.operation.name", "chat"),
        text("session.id", sent.session ?? `s${sent.atMs}-${number % 2 === 0 ? number : number + 1}`),
        text("gen_ai.input.messages", JSON.stringify(asked)),
        text("gen_ai.output.messages", JSON.stringify(said)),
        ...(sent.prompt ? [text("evalwright.prompt", sent.prompt)] : []),
      ],
    };
  });
  const resource = { attributes: sent.evaluation ? [text("evalwright.evaluation", "ev-1")] : [] };
  const response = await fetch(`${server.httpUrl}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-evalwright-project": sent.project },
    body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }),
  });
  expect(response.status).toBe(200);
  await server.call("record_feedback", { project: sent.project, source: "end_user", items });
}

/** So many good ones, then so many bad ones. */
const thumbs = (good: number, bad: number): boolean[] => [
  ...Array.from({ length: good }, () => true),
  ...Array.from({ length: bad }, () => false),
];

async function watch(project: string, ...args: string[]) {
  const ended = await run(
    [serverEntry, "watch", "-p", project, "--once", "--json", ...args],
    { ...bareEnv(home.path), CLAUDE_PROJECT_DIR: folder },
    folder,
  );
  const lines = ended.stdout.split("\n").filter((line) => line.startsWith("{"));
  return { ...ended, answers: lines.map((line): JsonObject => JSON.parse(line)) };
}

beforeAll(async () => {
  server = await attach({ home: home.path, project: "shop", env: { CLAUDE_PROJECT_DIR: folder } });
  await listening(server.httpUrl);
});

afterAll(async () => {
  await server.close();
  home.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function applied(project: string, id: string, more: JsonObject = {}): Promise<void> {
  await propose(project, id);
  await server.call("save_prompt", { project, name: "support", text: BEFORE, alias: "production" });
  expect((await watch(project, id)).stderr).toContain("is pending");
  await server.call("apply_proposal", { project, proposal: id, ...more });
}

describe("an applied proposal", () => {
  it("that live traffic is worse with is found out by version, once, and rolled back when asked", async () => {
    await applied("shop", "pr-worse", { watchJudges: ["no_refusal"] });
    const before = { project: "shop", prompt: "support@1", atMs: Date.now() - DAY_MS };
    await send(before, thumbs(54, 6));
    // Tests are no traffic: these would make the old version look bad.
    await send({ ...before, evaluation: true }, thumbs(0, 60));
    const nothing = await watch("shop", "pr-worse");
    expect(nothing.code).toBe(2);
    expect(nothing.answers[0]).toMatchObject({ verdict: "cannot_be_measured", look: null });

    await send(
      { project: "shop", prompt: "support@2", atMs: Date.now() + 1_000, says: "I can't help with that." },
      thumbs(24, 36),
    );
    const found = await watch("shop", "pr-worse");
    expect(found.code).toBe(1);
    expect(found.answers[0]).toMatchObject({
      verdict: "worse",
      by: "prompt version",
      traces: { before: 60, after: 60 },
      look: 1,
      next: [{ tool: "apply_proposal", arguments: { proposal: "pr-worse", action: "rollback" } }],
    });
    const [answer = {}] = found.answers;
    expect(rowsOf(untrustedOf(answer)["measures"])).toMatchObject([
      { measure: "failed", verdict: "not_shown" },
      {
        measure: "no_refusal",
        before: expect.stringContaining("1 (n 50"),
        after: expect.stringContaining("0 (n 50"),
        verdict: "worse",
      },
      {
        measure: "thumbs",
        before: "0.9 (n 60, 30 sessions)",
        after: "0.4 (n 60, 30 sessions)",
        verdict: "worse",
      },
    ]);
    // The same data is not looked at twice; the tool says the same.
    expect((await watch("shop", "pr-worse")).answers[0]).toMatchObject({ look: 1, verdict: "worse" });
    expect(await server.call("apply_proposal", { proposal: "pr-worse", action: "watch" })).toMatchObject({
      look: 1,
    });
    const record = await server.call("get_record", { kind: "proposal", id: "pr-worse" });
    expect(record).toMatchObject({ status: "applied", watch: { verdict: "worse", look: 1 } });
    // New feedback is a further look, at a stricter level.
    await send({ project: "shop", prompt: "support@2", atMs: Date.now() + 60_000 }, thumbs(2, 8));
    const again = await watch("shop", "pr-worse", "--auto-rollback");
    expect(again.code).toBe(1);
    expect(again.answers[0]).toMatchObject({ look: 2 });
    expect(Number(again.answers[0]?.["level"])).toBeGreaterThan(Number(found.answers[0]?.["level"]));
    expect(again.answers[1]).toMatchObject({ status: "rolled_back" });
    const prompt = await server.call("get_record", { kind: "prompt", id: "support@production" });
    expect(JSON.stringify(prompt)).not.toContain(AFTER);
    expect((await watch("shop", "pr-worse")).stderr).toContain("is rolled back");
  }, 200_000);

  it("whose traces name no version is told apart by time, and no difference is called fine", async () => {
    await applied("quiet", "pr-quiet");
    await send({ project: "quiet", atMs: Date.now() - DAY_MS }, thumbs(40, 10));
    await send({ project: "quiet", atMs: Date.now() + 1_000 }, thumbs(39, 11));
    const found = await watch("quiet", "pr-quiet");
    expect(found).toMatchObject({ code: 0 });
    expect(found.answers[0]).toMatchObject({ verdict: "not_shown", by: "time" });
    expect(JSON.stringify(found.answers[0])).not.toContain("rollback");
    expect(JSON.stringify(found.answers[0])).toContain("do not say which prompt version");
  }, 200_000);

  it("is judged by whole conversations that are over, each one value, and by what its own judges say of their sample", async () => {
    const project = "talks";
    await propose(project, "pr-talks");
    const appliedMs = Date.now() - DAY_MS / 8;
    const prompts = [{ name: "support", version: 2, alias: "production", aliasBefore: 1, file: null }];
    const history = [{ status: "applied" as const, atUs: appliedMs * 1_000, reason: null, prompts }];
    await using store = await openSqliteStore({ path: join(home.path, "evalwright.db") });
    const change = { from: "pending", to: "applied", body: { ...body, history } } as const;
    await store.records.optimizations.moveProposal(project, "pr-talks", change);
    const before = { project, prompt: "support@1", atMs: appliedMs - DAY_MS, lastsMs: 500 };
    const after = { project, prompt: "support@2", atMs: appliedMs + 60_000 };
    await send(before, thumbs(24, 0));
    await send({ ...after, asks: "I want to speak to a human." }, thumbs(24, 0));
    // Neither side's, and not over yet.
    await send({ ...before, session: "both" }, thumbs(2, 0));
    await send({ ...after, session: "both" }, thumbs(2, 0));
    await send({ ...after, atMs: Date.now(), session: "goes on" }, thumbs(2, 0));
    // Of the judge's name, and none of its sample.
    await server.call("record_feedback", {
      project,
      source: "code",
      items: Array.from({ length: 20 }, (_, i) => ({
        traceId: String(number - i).padStart(32, "0"),
        name: "no_escalation",
        value: true,
      })),
    });
    const found = await watch(project, "pr-talks", "--judge", "no_escalation", "latency");
    expect(found.code).toBe(1);
    const [answer = {}] = found.answers;
    expect(answer).toMatchObject({ verdict: "worse", look: 1, by: "prompt version" });
    expect(rowsOf(untrustedOf(answer)["measures"])).toMatchObject([
      { measure: "failed", verdict: "not_shown" },
      { measure: "latency", "better is": "lower", verdict: "better" },
      {
        measure: "no_escalation",
        before: "1 (n 12, 12 sessions)",
        after: "0 (n 12, 12 sessions)",
        verdict: "worse",
      },
      { measure: "thumbs", verdict: "not_shown" },
    ]);
    expect(JSON.stringify(answer["notes"])).toMatch(
      /1 sessions are of both sides.*1 sessions went on within/,
    );
    expect((await watch(project, "pr-talks", "--judge", "preference")).stderr).toContain("judges a pair");
    // What a dataset seals meanwhile is neither looked at nor judged.
    const filter = `prompt = "support@1"`;
    await server.call("save_dataset", { project, name: "sealing", filter, level: "sessions", holdout: true });
    const later = await watch(project, "pr-talks", "--judge", "no_escalation");
    const [rest = {}] = later.answers;
    const sealed = Number(/sealed sessions are left out \((\d+) in/.exec(JSON.stringify(rest["notes"]))?.[1]);
    expect(sealed).toBeGreaterThan(0);
    const judged = rowsOf(untrustedOf(rest)["measures"]).find(({ measure }) => measure === "no_escalation");
    expect(judged?.["after"]).toBe("0 (n 12, 12 sessions)");
    const left = Number(/n (\d+),/.exec(String(judged?.["before"]))?.[1]);
    expect(left).toBeLessThan(12);
    expect(left + sealed).toBeGreaterThanOrEqual(12);
  }, 200_000);
});
