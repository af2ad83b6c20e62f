import { describe, expect, it } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { item, run, verdict } from "./item.ts";

const said = async (value: Json, params: Record<string, Json> = {}, ok = true) => {
  const judged = item({ feedback: { thumbs: value, other: false }, run: { ...run, ok } });
  return await verdict({ name: "liked", builtin: "feedback", params: { name: "thumbs", ...params } }, judged);
};

describe("feedback", () => {
  const stars = { worst: 1, best: 5 };
  const values = { good: 1, "so so": 0.5, bad: 0 };
  it.each<[Json, Record<string, Json>, object]>([
    [true, {}, { state: "scored", value: 1, pass: true }],
    [false, {}, { state: "scored", value: 0, pass: false }],
    [1, {}, { value: 1, pass: true }],
    [4, stars, { value: 0.75, pass: false }],
    [2, { worst: 10, best: 0 }, { value: 0.8 }],
    ["so so", { values }, { value: 0.5, label: "so so" }],
    ["awful", { values }, { state: "unscored", reason: "off_menu" }],
    ["good", {}, { state: "unscored", reason: "off_menu" }],
    [6, stars, { state: "unscored", reason: "off_menu" }],
    [{ a: 1 }, {}, { state: "unscored", reason: "off_menu" }],
    [null, {}, { state: "unscored", reason: "input_missing" }],
    [true, { name: "toString" }, { state: "unscored", reason: "input_missing" }],
  ])("%j with %j is %j", async (value, params, expected) => {
    expect(await said(value, params)).toMatchObject(expected);
  });

  it("counts for a failed run too; without it the failure does", async () => {
    expect(await said(true, {}, false)).toMatchObject({ value: 1, pass: true, reason: null });
    expect(await said(null, {}, false)).toMatchObject({ value: 0, pass: false, reason: "run_failed" });
  });

  it("is missing where a run was not recorded", async () => {
    expect(await verdict({ name: "feedback", params: { name: "thumbs" } }, item())).toMatchObject({
      state: "unscored",
      reason: "input_missing",
    });
  });

  it("refuses a scale without extent", async () => {
    await expect(said(1, { worst: 1 })).rejects.toMatchObject({ code: "invalid_input" });
  });
});
