import { expect, test } from "vitest";
import type { OpenedStore } from "./contract.ts";

type Open = () => Promise<OpenedStore>;
const ALIAS = {
  projectId: "shop",
  kind: "prompt",
  name: "support",
  pointer: "production",
  note: null,
} as const;

export function pointerContract(open: Open): void {
  test("moves are recorded with where it stood before, newest first; standing still is none", async () => {
    await using opened = await open();
    const { pointers } = opened.store.records;
    expect(await pointers.move({ ...ALIAS, value: "1", note: "first" })).toEqual({
      pointer: "production",
      from: null,
      to: "1",
      note: "first",
      movedUs: expect.any(Number),
      moved: true,
    });
    expect(await pointers.move({ ...ALIAS, value: "1" })).toMatchObject({ from: "1", to: "1", moved: false });
    await pointers.move({ ...ALIAS, value: "2" });
    await pointers.move({ ...ALIAS, value: null });
    const moves = await pointers.history("shop", "prompt", "support", 10);
    expect(moves.map(({ from, to }) => [from, to])).toEqual([
      ["2", null],
      ["1", "2"],
      [null, "1"],
    ]);
    expect(await pointers.history("shop", "prompt", "support", 1)).toHaveLength(1);
    expect(await pointers.list("shop", "prompt", "support")).toEqual([]);
  });

  test("is moved only from where it is expected, however many try at once", async () => {
    await using opened = await open();
    await using second = await opened.reopen();
    const { pointers } = opened.store.records;
    await pointers.move({ ...ALIAS, value: "0", expected: null });
    const tried = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) =>
        (n % 2 ? opened.store : second).records.pointers.move({
          ...ALIAS,
          value: String(n + 1),
          expected: "0",
        }),
      ),
    );
    expect(tried.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const lost = tried.find((result) => result.status === "rejected");
    expect(lost?.reason).toHaveProperty("code", "conflict");
    await expect(pointers.move({ ...ALIAS, value: "9", expected: null })).rejects.toHaveProperty(
      "code",
      "conflict",
    );
    expect(await pointers.history("shop", "prompt", "support", 10)).toHaveLength(2);
  });

  test("the same key gives the first move and moves nothing again", async () => {
    await using opened = await open();
    const { pointers } = opened.store.records;
    const key = { key: "k", argsHash: "a" };
    const first = await pointers.move({ ...ALIAS, value: "1" }, key);
    await pointers.move({ ...ALIAS, value: "2" });
    expect(await pointers.move({ ...ALIAS, value: "1" }, key)).toEqual(first);
    expect((await pointers.list("shop", "prompt", "support"))[0]?.value).toBe("2");
  });

  test("are listed of one name or of all, of their project and kind only", async () => {
    await using opened = await open();
    const { pointers } = opened.store.records;
    await pointers.move({ ...ALIAS, value: "1" });
    await pointers.move({ ...ALIAS, pointer: "staging", value: "2" });
    await pointers.move({ ...ALIAS, name: "other", value: "3" });
    const seen = async (name?: string) =>
      (await pointers.list("shop", "prompt", name)).map(({ name: of, pointer, value }) => [
        of,
        pointer,
        value,
      ]);
    expect(await seen("support")).toEqual([
      ["support", "production", "1"],
      ["support", "staging", "2"],
    ]);
    expect(await seen()).toHaveLength(3);
    expect(await pointers.list("shop", "judge")).toEqual([]);
    expect(await pointers.list("else", "prompt")).toEqual([]);
  });
}
