import { expect, test } from "vitest";
import type { Example } from "../../src/model/example.ts";
import type { DatasetStore } from "../../src/store/dataset-store.ts";
import type { OpenedStore } from "./contract.ts";
import { makeExample } from "./example-fixtures.ts";
import { makeBatch, makeConversation, traceIdOf } from "./fixtures.ts";

type Open = () => Promise<OpenedStore>;
const NEW = { projectId: "shop", name: "refunds", hash: "1", note: null };
const WHOLE = {
  projectId: "shop",
  name: "refunds",
  version: 1,
  splits: ["train", "validation", "holdout"] as const,
};

async function readAll(datasets: DatasetStore, query: Parameters<DatasetStore["readExamples"]>[0]) {
  const items: Example[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await datasets.readExamples({ ...query, cursor });
    items.push(...page.items);
    if (page.next === null) return items;
    cursor = page.next;
  }
}

export function datasetContract(open: Open): void {
  test("a version reads back whole, in order and in pages, and counts what is in it", async () => {
    await using opened = await open();
    const { datasets } = opened.store.records;
    const examples = [
      makeExample("b", { role: "failing", split: "holdout", recorded: { long: "x".repeat(3000) } }),
      makeExample("a", { role: "passing", split: "validation" }),
      makeExample("c", { origin: { kind: "synthetic" } }),
      makeExample("d", { recorded: null, inputs: "just text", turns: [], messages: [] }),
    ];
    const { version, created } = await datasets.save({ ...NEW, note: "first" }, examples);
    expect(created).toBe(true);
    expect(version).toMatchObject({
      projectId: "shop",
      name: "refunds",
      version: 1,
      hash: "1",
      parent: null,
    });
    expect(version).toMatchObject({ note: "first", retiredUs: null });
    expect(version.counts).toEqual({
      examples: 4,
      train: 2,
      validation: 1,
      holdout: 1,
      failing: 1,
      passing: 1,
      synthetic: 1,
    });
    expect(await datasets.get("shop", "refunds")).toEqual(version);
    expect(await datasets.get("shop", "refunds", 1)).toEqual(version);
    expect(await datasets.get("shop", "refunds", 2)).toBeUndefined();
    expect(await datasets.get("other", "refunds")).toBeUndefined();
    expect(await readAll(datasets, { ...WHOLE, limit: 3 })).toEqual(examples);
    expect(await datasets.readExamples({ ...WHOLE, splits: ["train"], limit: 1 })).toMatchObject({
      items: [{ id: "c" }],
      total: 2,
      next: expect.any(String),
    });
    expect(await datasets.readExamples({ ...WHOLE, version: 9, limit: 1 })).toMatchObject({
      items: [],
      next: null,
    });
    await expect(datasets.readExamples({ ...WHOLE, limit: 1, cursor: "?" })).rejects.toHaveProperty(
      "code",
      "invalid_input",
    );
  });

  test("saving the newest again is no new version; going back to an older one is", async () => {
    await using opened = await open();
    const { datasets } = opened.store.records;
    await datasets.save(NEW, [makeExample("a")]);
    expect(await datasets.save(NEW, [makeExample("a")])).toMatchObject({
      created: false,
      version: { version: 1 },
    });
    const second = await datasets.save({ ...NEW, hash: "2" }, [makeExample("a"), makeExample("b")]);
    expect(second).toMatchObject({ created: true, version: { version: 2, parent: 1 } });
    expect((await datasets.save(NEW, [makeExample("a")])).version.version).toBe(3);
    expect((await datasets.get("shop", "refunds", 2))?.counts.examples).toBe(2);
  });

  test("two writers at once make two versions", async () => {
    await using opened = await open();
    await using second = await opened.reopen();
    const stores = [opened.store.records.datasets, second.records.datasets];
    const saved = await Promise.all(
      stores.map((datasets, i) => datasets.save({ ...NEW, hash: String(i) }, [makeExample("a")])),
    );
    expect(saved.map(({ version }) => version.version).sort()).toEqual([1, 2]);
  });

  test("a repeated key gives the first version; for other arguments it is a conflict", async () => {
    await using opened = await open();
    const { datasets } = opened.store.records;
    const key = { key: "k", argsHash: "x" };
    const { version } = await datasets.save(NEW, [makeExample("a")], key);
    await datasets.save({ ...NEW, hash: "2" }, []);
    expect(await datasets.save(NEW, [makeExample("a")], key)).toEqual({ version, created: false });
    const other = datasets.save(NEW, [], { ...key, argsHash: "y" });
    await expect(other).rejects.toHaveProperty("code", "idempotency_conflict");
  });

  test("lists the newest version of each dataset, or all of one, newest first and in pages", async () => {
    await using opened = await open();
    const { datasets } = opened.store.records;
    for (const name of ["a", "b", "c"]) await datasets.save({ ...NEW, name }, []);
    await datasets.save({ ...NEW, name: "a", hash: "2" }, []);
    const first = await datasets.list({ projectId: "shop", limit: 2 });
    expect(first).toMatchObject({ total: 3, items: [{ name: "a", version: 2 }, { name: "c" }] });
    const rest = await datasets.list({ projectId: "shop", limit: 2, cursor: first.next ?? "" });
    expect(rest).toMatchObject({ items: [{ name: "b" }], next: null });
    const ofOne = await datasets.list({ projectId: "shop", name: "a", limit: 5 });
    expect(ofOne.items.map((item) => item.version)).toEqual([2, 1]);
    expect(await datasets.list({ projectId: "none", limit: 5 })).toEqual({ items: [], total: 0, next: null });
  });

  test("a group keeps the split that it got first", async () => {
    await using opened = await open();
    const { datasets } = opened.store.records;
    await datasets.assignSplits("shop", [{ group: "a", proposed: "holdout" }]);
    const asked = [
      { group: "b", proposed: "validation" as const },
      { group: "a", proposed: "train" as const },
      { group: "b", proposed: "train" as const },
    ];
    expect(await datasets.assignSplits("shop", asked)).toEqual(["validation", "holdout", "validation"]);
    expect(await datasets.assignSplits("other", [{ group: "a", proposed: "train" }])).toEqual(["train"]);
    expect(await datasets.findSplits("shop", ["c", "a", "b"])).toEqual([null, "holdout", "validation"]);
    expect(await datasets.findSplits("none", ["a"])).toEqual([null]);
  });

  test("a version that was made of another than the newest is refused, and nothing is stored", async () => {
    await using opened = await open();
    const { datasets } = opened.store.records;
    const save = (hash: string, after: number | null) =>
      datasets.save({ projectId: "shop", name: "d", hash, note: null, after }, [makeExample(hash)]);
    expect((await save("one", null)).version.version).toBe(1);
    await expect(save("two", null)).rejects.toHaveProperty("code", "conflict");
    await expect(save("two", 7)).rejects.toHaveProperty("code", "conflict");
    expect((await datasets.get("shop", "d"))?.version).toBe(1);
    // The same content again is that version, whatever it was made of.
    expect(await save("one", 7)).toMatchObject({ created: false });
    expect((await save("two", 1)).version).toMatchObject({ version: 2, parent: 1 });
  });

  test("remembers which sessions have been opened", async () => {
    await using opened = await open();
    const { datasets } = opened.store.records;
    await datasets.noteOpened("shop", ["a", "b"]);
    await datasets.noteOpened("shop", ["b"]);
    expect(await datasets.opened("shop", ["b", "c", "a"])).toEqual(new Set(["a", "b"]));
    expect(await datasets.opened("other", ["a"])).toEqual(new Set());
  });

  test("deleting a trace or a session takes its examples out of every version", async () => {
    await using opened = await open();
    const { traces, records } = opened.store;
    await traces.insert([
      makeBatch([
        ...makeConversation({ sessionId: "one", turns: 2 }),
        ...makeConversation({ sessionId: "two", turns: 1, firstTrace: 10 }),
      ]),
    ]);
    const examples = [
      makeExample("a", {
        origin: { kind: "observed", sessionId: "one" },
        split: "validation",
        role: "failing",
      }),
      makeExample("b", { origin: { kind: "observed", traceId: traceIdOf(10) } }),
      makeExample("c"),
    ];
    const edited = examples.map((example) => ({ ...example, expectations: { answer: "other" } }));
    await records.datasets.save(NEW, examples);
    await records.datasets.save({ ...NEW, hash: "2" }, edited);
    const remove = (session: string, dryRun: boolean) =>
      traces.delete({
        projectId: "shop",
        filter: { type: "compare", field: { name: "session" }, op: "=", values: [session] },
        filterText: "session",
        dryRun,
      });
    expect(await remove("one", true)).toMatchObject({ sessions: 1, examples: 2 });
    expect((await records.datasets.get("shop", "refunds", 1))?.counts.examples).toBe(3);
    expect(await remove("one", false)).toMatchObject({ sessions: 1, examples: 2 });
    expect((await records.datasets.get("shop", "refunds", 1))?.counts).toMatchObject({
      examples: 2,
      validation: 0,
      failing: 0,
    });
    await remove("two", false);
    for (const version of [1, 2]) {
      const left = await readAll(records.datasets, { ...WHOLE, version, limit: 9 });
      expect(left.map((example) => example.id)).toEqual(["c"]);
      expect((await records.datasets.get("shop", "refunds", version))?.counts).toMatchObject({
        examples: 1,
        train: 1,
      });
    }
    // What came from a deleted trace cannot come back, and what is left is not the version that was saved.
    const again = records.datasets.save({ ...NEW, hash: "2" }, edited);
    await expect(again).rejects.toHaveProperty("code", "conflict");
    const rest = await records.datasets.save({ ...NEW, hash: "2" }, edited.slice(2));
    expect(rest).toMatchObject({ created: true, version: { version: 3 } });
  });
}
