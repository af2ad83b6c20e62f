import { expect, test } from "vitest";
import type { OpenedStore } from "./contract.ts";

type Open = () => Promise<OpenedStore>;
const JUDGE = {
  projectId: "shop",
  kind: "judge",
  name: "tone",
  hash: "h1",
  body: { rubric: "x" },
  note: null,
} as const;

export function versionContract(open: Open): void {
  test("versions follow each other; equal hashes are one version", async () => {
    await using opened = await open();
    const { versions } = opened.store.records;
    const first = await versions.save(JUDGE);
    expect(first).toEqual({
      created: true,
      record: { ...JUDGE, version: 1, parent: null, createdUs: expect.any(Number) },
    });
    const second = await versions.save({ ...JUDGE, hash: "h2", body: [1], note: "why" });
    expect(second).toMatchObject({
      created: true,
      record: { version: 2, parent: 1, body: [1], note: "why" },
    });
    expect(await versions.save({ ...JUDGE, note: "other" })).toEqual({
      created: false,
      record: first.record,
    });
    expect(await versions.get("shop", "judge", "tone")).toEqual(second.record);
    expect(await versions.get("shop", "judge", "tone", 1)).toEqual(first.record);
    expect(await versions.get("shop", "judge", "tone", 3)).toBeUndefined();
    for (const [project, kind, name] of [
      ["other", "judge", "tone"],
      ["shop", "prompt", "tone"],
      ["shop", "judge", "x"],
    ] as const) {
      expect(await versions.get(project, kind, name)).toBeUndefined();
    }
    expect((await versions.save({ ...JUDGE, kind: "prompt" })).record.version).toBe(1);
    const branched = await versions.save({ ...JUDGE, hash: "h3", parent: 1 });
    expect(branched.record).toMatchObject({ version: 3, parent: 1 });
  });

  test("two processes that save at once get versions of their own", async () => {
    await using opened = await open();
    await using second = await opened.reopen();
    const saved = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        (n % 2 ? opened.store : second).records.versions.save({ ...JUDGE, hash: `h${n}`, body: n }),
      ),
    );
    const numbers = saved.map(({ record }) => record.version).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  });

  test("the same key and arguments give the first answer, others a conflict", async () => {
    await using opened = await open();
    const { versions } = opened.store.records;
    const key = { key: "k", argsHash: "a" };
    const first = await versions.save(JUDGE, key);
    await versions.save({ ...JUDGE, hash: "h2" });
    expect(await versions.save(JUDGE, key)).toEqual(first);
    const other = versions.save({ ...JUDGE, hash: "h3" }, { ...key, argsHash: "b" });
    await expect(other).rejects.toHaveProperty("code", "idempotency_conflict");
    expect((await versions.get("shop", "judge", "tone"))?.version).toBe(2);
  });

  test("lists the newest of each name, or every version of one, page by page", async () => {
    await using opened = await open();
    const { versions } = opened.store.records;
    for (const name of ["a", "b", "c"]) await versions.save({ ...JUDGE, name });
    await versions.save({ ...JUDGE, name: "a", hash: "h2" });
    await versions.save({ ...JUDGE, kind: "prompt", name: "p" });
    const names = async (name?: string) => {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await versions.list({ projectId: "shop", kind: "judge", name, limit: 2, cursor });
        expect(page.total).toBe(name === undefined ? 3 : 2);
        expect(page.items.length).toBeLessThanOrEqual(2);
        found.push(...page.items.map((record) => `${record.name}@${record.version}`));
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
      return found;
    };
    expect(await names()).toEqual(["a@2", "c@1", "b@1"]);
    expect(await names("a")).toEqual(["a@2", "a@1"]);
    expect((await versions.list({ projectId: "other", kind: "judge", limit: 5 })).items).toEqual([]);
    const wrong = versions.list({ projectId: "shop", kind: "judge", limit: 5, cursor: "???" });
    await expect(wrong).rejects.toHaveProperty("code", "invalid_input");
  });
}
