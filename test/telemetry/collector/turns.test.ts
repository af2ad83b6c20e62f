import { expect, test } from "vitest";
import { createTurns } from "../../../src/telemetry/collector/turns.ts";

test("work waits for room in order, the too large runs alone, and failures give their room back", async () => {
  const turns = createTurns(10);
  const started: string[] = [];
  const finish = new Map<string, (error?: Error) => void>();
  const start = (name: string, bytes: number) =>
    turns
      .run(bytes, () => {
        started.push(name);
        return new Promise<void>((resolve, reject) => {
          finish.set(name, (error) => (error ? reject(error) : resolve()));
        });
      })
      .catch(() => undefined);
  const all = [start("a", 6), start("b", 4), start("huge", 50), start("c", 1)];
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  expect(started).toEqual(["a", "b"]);
  finish.get("a")?.(new Error("failed"));
  await settle();
  expect(started).toEqual(["a", "b"]);
  finish.get("b")?.();
  await settle();
  expect(started).toEqual(["a", "b", "huge"]);
  finish.get("huge")?.();
  await settle();
  expect(started).toEqual(["a", "b", "huge", "c"]);
  finish.get("c")?.();
  await Promise.all(all);
});
