import { expect, test } from "vitest";
import type { OptimizationSetup } from "../../src/model/optimization.ts";
import type { ProposalBody } from "../../src/model/proposal.ts";
import type { Store } from "../../src/store/store.ts";
import type { OpenedStore } from "./contract.ts";
import { makeSetup } from "./example-fixtures.ts";

type Open = () => Promise<OpenedStore>;

const setup: OptimizationSetup = {
  dataset: { name: "refunds", version: 1, hash: "h" },
  examples: { train: 3, validation: 2, holdout: 1 },
  trainIsValidation: false,
  target: makeSetup().target,
  components: [
    { name: "system", text: "a {{b}} $& \n", prompt: null, purpose: null, preserve: [], maxLength: null },
  ],
  judges: [],
  primary: "correct",
  objectives: [],
  proposer: "assistant",
  model: null,
  search: {
    minibatch: 3,
    proposalsPerStep: 1,
    frontier: "example",
    componentChoice: "round_robin",
    repeats: 1,
    merge: false,
    racing: true,
    maxRollouts: null,
    maxProposals: 5,
    patience: 5,
    targetScore: null,
  },
  watchJudges: [],
  seed: "s",
};

const body: ProposalBody = {
  optimization: "o1",
  candidate: 2,
  hypothesis: null,
  changes: [{ component: "system", prompt: null, before: "a", after: "b" }],
  patch: null,
  verdict: "not_shown",
  sentence: "not shown",
  scores: {
    train: { before: null, after: null },
    validation: { before: 0.5, after: 0.75 },
    validationCorrected: 0.6,
    holdout: { before: null, after: null },
  },
  flips: { gained: [], lost: [] },
  length: { before: 1, after: 1 },
  comparison: null,
  look: null,
  limits: [],
  history: [],
};

async function begin(store: Store, id: string) {
  const jobId = `job of ${id}`;
  await store.records.jobs.create({
    id: jobId,
    projectId: "shop",
    kind: "optimization",
    input: {},
    unit: "rollouts",
  });
  const epoch = (await store.records.jobs.claim(jobId, 60_000))?.epoch ?? 0;
  const made = { id, projectId: "shop", jobId, note: null, setup };
  const created = await store.records.optimizations.create(made);
  return { holder: { projectId: "shop", jobId, epoch }, made, created };
}

export function optimizationContract(open: Open): void {
  test("a campaign is made once, reads back, is asked to stop, and ends", async () => {
    await using opened = await open();
    const { optimizations } = opened.store.records;
    const { holder, made, created } = await begin(opened.store, "o1");
    expect(created).toMatchObject({ id: "o1", setup, stopRequested: false, summary: null, endedUs: null });
    expect(await optimizations.create(made)).toEqual(created);
    await expect(optimizations.create({ ...made, jobId: "another" })).rejects.toHaveProperty(
      "code",
      "conflict",
    );
    await optimizations.requestStop("shop", "o1");
    await expect(optimizations.requestStop("shop", "none")).rejects.toHaveProperty("code", "not_found");
    await optimizations.finish(holder, "o1", { summary: { best: 2 }, resultHash: "r" });
    const ended = await optimizations.get("shop", "o1");
    expect(ended).toMatchObject({ stopRequested: true, summary: { best: 2 }, resultHash: "r" });
    expect(ended?.endedUs).toBeGreaterThan(0);
    expect(await optimizations.get("other", "o1")).toBeUndefined();
    await begin(opened.store, "o2");
    const first = await optimizations.list({ projectId: "shop", limit: 1 });
    expect(first).toMatchObject({ total: 2, items: [{ id: "o2" }] });
    const rest = await optimizations.list({ projectId: "shop", limit: 1, cursor: first.next ?? "" });
    expect(rest).toMatchObject({ items: [{ id: "o1" }], next: null });
  });

  test("events read back in order, written over by number, refused from who lost the job", async () => {
    await using opened = await open();
    const { optimizations, jobs } = opened.store.records;
    const { holder } = await begin(opened.store, "o1");
    const text = "{{x}} $& ```\n".repeat(400);
    await optimizations.putEvent(holder, "o1", 1, { text: "old" });
    await optimizations.putEvent(holder, "o1", 0, { text: "first" });
    await optimizations.putEvent(holder, "o1", 1, { text });
    const query = { projectId: "shop", id: "o1", from: 0, limit: 10 };
    expect(await optimizations.readEvents(query)).toEqual([
      { number: 0, event: { text: "first" } },
      { number: 1, event: { text } },
    ]);
    expect(await optimizations.readEvents({ ...query, from: 1, limit: 1 })).toHaveLength(1);
    expect(await optimizations.readEvents({ ...query, projectId: "other" })).toEqual([]);
    await jobs.finish(holder.jobId, holder.epoch, "failed", null, "gone");
    await expect(optimizations.putEvent(holder, "o1", 2, {})).rejects.toHaveProperty("code", "conflict");
  });

  test("looks at sealed examples are counted by the example that was looked at most", async () => {
    await using opened = await open();
    const { noteLook, countLooks } = opened.store.records.optimizations;
    await opened.store.records.ensureProject({ id: "shop", slug: "shop" });
    expect(await countLooks("shop", ["a", "b"])).toBe(0);
    expect(await noteLook("shop", "l1", ["a", "b"])).toBe(1);
    expect(await noteLook("shop", "l1", ["a", "b"])).toBe(1);
    expect(await noteLook("shop", "l2", ["b", "c"])).toBe(2);
    expect(await noteLook("shop", "l3", ["d"])).toBe(1);
    expect(await noteLook("shop", "l4", ["a", "b"])).toBe(3);
    expect(await countLooks("shop", ["a", "b", "d"])).toBe(3);
    expect(await noteLook("other", "l1", ["b"])).toBe(1);
  });

  test("a proposal is made once, and moves only from the status that was seen", async () => {
    await using opened = await open();
    const { optimizations } = opened.store.records;
    await opened.store.records.ensureProject({ id: "shop", slug: "shop" });
    const made = { id: "p1", projectId: "shop", optimizationId: "o1", body };
    expect(await optimizations.createProposal(made)).toMatchObject({ status: "pending", body });
    expect(await optimizations.createProposal({ ...made, body: { ...body, look: 4 } })).toMatchObject({
      body,
    });
    await optimizations.createProposal({ ...made, id: "p2", optimizationId: "o2" });
    const history: ProposalBody["history"] = [{ status: "applied", atUs: 1, reason: "good", prompts: [] }];
    const applied = { from: "pending", to: "applied", body: { ...body, history } } as const;
    expect(await optimizations.moveProposal("shop", "p1", applied)).toMatchObject({
      status: "applied",
      body: { history },
    });
    await expect(optimizations.moveProposal("shop", "p1", applied)).rejects.toHaveProperty(
      "code",
      "conflict",
    );
    await expect(optimizations.moveProposal("shop", "p9", applied)).rejects.toHaveProperty(
      "code",
      "not_found",
    );
    const list = await optimizations.listProposals({ projectId: "shop", limit: 5 });
    expect(list.items.map(({ id }) => id)).toEqual(["p2", "p1"]);
    const of = await optimizations.listProposals({ projectId: "shop", optimizationId: "o1", limit: 5 });
    expect(of).toMatchObject({ total: 1, items: [{ id: "p1", status: "applied" }] });
    expect(await optimizations.getProposal("other", "p1")).toBeUndefined();
  });
}
