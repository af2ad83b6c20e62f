import { describe, expect, it } from "vitest";
import { open } from "./fixtures.ts";

describe("what may run", () => {
  it("is no command where the operator did not allow it", async () => {
    const here = { allowCommands: false };
    await expect(open({ kind: "command", run: "true" }, here)).rejects.toMatchObject({ code: "refused" });
    await expect(open({ kind: "worker", run: "true" }, here)).rejects.toMatchObject({ code: "refused" });
    const reset = { kind: "http", url: "http://127.0.0.1:1", reset: "true" };
    await expect(open(reset, { ...here, allowHosts: ["127.0.0.1"] })).rejects.toMatchObject({
      code: "refused",
    });
  });

  it("has no real side effects unless that is allowed", async () => {
    const real = { kind: "command", run: "true", sideEffects: "real" };
    await expect(open(real)).rejects.toMatchObject({ code: "refused" });
    await open(real, { allowRealSideEffects: true });
    await open({ ...real, sideEffects: "sandboxed" });
  });

  it("is no recorded target", async () => {
    await expect(open({ kind: "recorded" })).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("has its folder and variables in the repository", async () => {
    const missing = open({ kind: "command", run: "true", cwd: "nowhere" });
    await expect(missing).rejects.toThrow('The cwd "nowhere" does not exist');
    const file = open({ kind: "command", run: "true", envFile: "nowhere.env" });
    await expect(file).rejects.toThrow('The envFile "nowhere.env" does not exist');
  });
});
