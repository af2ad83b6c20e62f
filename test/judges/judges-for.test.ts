import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { hashOf } from "../../src/canonical.ts";
import { type JudgeRef, judgesFor } from "../../src/judges/judges-for.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { options } from "./item.ts";

/** A store in which project `shop` has these judges saved, one after the other. */
async function withSaved(...specs: readonly (JsonObject & { readonly name: string })[]) {
  const folder = mkdtempSync(join(tmpdir(), "evalwright-judges-"));
  const store = await openSqliteStore({ path: join(folder, "store.db") });
  onTestFinished(async () => {
    await store[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const body of specs) {
    const { name } = body;
    await store.records.versions.save({
      projectId: "shop",
      kind: "judge",
      name,
      hash: hashOf(body),
      body,
      note: null,
    });
  }
  return (...refs: readonly JudgeRef[]) => judgesFor(store.records.versions, "shop", refs, options);
}

const polite = { name: "polite", instructions: "Is {{output}} polite?" };
const politer = { name: "polite", instructions: "Is {{output}} very polite?" };

describe("judges by name", () => {
  it("are saved ones in their newest or a named version, built-ins, and ones written out, in order", async () => {
    const judges = await withSaved(polite, politer);
    const found = await judges("polite", "contains", {
      name: "sorry",
      builtin: "contains",
      params: { values: ["sorry"] },
    });
    expect(found).toMatchObject([
      { name: "polite", version: 2, instructions: politer.instructions },
      { name: "contains", version: null, builtin: "contains" },
      { name: "sorry", version: null, params: { values: ["sorry"] } },
    ]);
    expect(await judges("polite@1")).toMatchObject([{ version: 1, instructions: polite.instructions }]);
    expect(await judges("faithfulness")).toMatchObject([{ name: "faithfulness", builtin: "groundedness" }]);
  });

  it("a saved judge wins over a built-in of its name", async () => {
    const judges = await withSaved({ name: "correctness", builtin: "exact_match" });
    expect(await judges("correctness")).toMatchObject([{ version: 1, builtin: "exact_match", kind: "code" }]);
    expect(await (await withSaved())("correctness")).toMatchObject([{ version: null, kind: "assistant" }]);
  });

  it.each<[string, readonly JudgeRef[], string]>([
    ["a misspelt saved one", ["polit"], 'did you mean "polite"?'],
    ["a misspelt built-in", ["containz"], 'did you mean "contains"?'],
    ["a version that there is not", ["polite@7"], 'The judge "polite" has no version 7'],
    ["a version of a built-in", ["contains@1"], "is a built-in judge, which has no versions"],
    ["a version of nothing", ["polit@1"], 'did you mean "polite"?'],
    ["one twice", ["polite@1", "polite@2"], 'The judge "polite" is named twice'],
    ["none", [], "0 judges were named"],
  ])("refuse %s", async (_, refs, message) => {
    const judges = await withSaved(polite, politer);
    await expect(judges(...refs)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining(message),
    });
  });
});
