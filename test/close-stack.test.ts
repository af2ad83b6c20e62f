import { expect, it } from "vitest";
import { createCloseStack } from "../src/close-stack.ts";

const opened = (name: string, closed: string[], failure?: Error): AsyncDisposable => ({
  async [Symbol.asyncDispose]() {
    closed.push(name);
    if (failure) throw failure;
  },
});

it("closes everything once, the last first, and tells the first failure", async () => {
  const closed: string[] = [];
  const stack = createCloseStack();
  stack.use(opened("code", closed));
  stack.defer(async () => closed.push("collector"));
  stack.defer(() => undefined);
  stack.use(opened("target", closed, new Error("it would not end")));
  await expect(stack[Symbol.asyncDispose]()).rejects.toThrow("it would not end");
  expect(closed).toEqual(["target", "collector", "code"]);
  await stack[Symbol.asyncDispose]();
  expect(closed).toHaveLength(3);
});

it("what was moved out stays open when the scope ends", async () => {
  const closed: string[] = [];
  const open = async () => {
    await using stack = createCloseStack();
    stack.use(opened("target", closed));
    return stack.move();
  };
  const moved = await open();
  expect(closed).toEqual([]);
  await moved[Symbol.asyncDispose]();
  expect(closed).toEqual(["target"]);
});
