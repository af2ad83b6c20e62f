import { describe, expect, it } from "vitest";
import type { Json } from "../../src/model/json.ts";
import { item, outcome, verdict } from "./item.ts";

const MISSING = "unscored expectation_missing";

const order = {
  type: "object",
  required: ["id"],
  properties: { id: { type: "integer" }, mail: { type: "string", format: "email" } },
  additionalProperties: false,
};

/** [judge, params, output, expectations, outcome] */
type Row = readonly [string, Record<string, Json>, Json, Record<string, Json>, number | string];

describe("json_valid and json_schema", () => {
  it.each<Row>([
    ["json_valid", {}, '{"a": [1]}', {}, 1],
    ["json_valid", {}, "{'a': 1}", {}, 0],
    ["json_valid", {}, '```json\n{"a": 1}\n```', {}, 0],
    ["json_valid", { allowFence: true }, '```json\n{"a": 1}\n```', {}, 1],
    ["json_valid", { type: "object" }, "[1]", {}, 0],
    ["json_valid", { type: "array" }, "[1]", {}, 1],
    ["json_valid", {}, { a: 1 }, {}, 1],
    ["json_valid", {}, "Here it is: {}", {}, 0],
    ["json_valid", { anywhere: true }, "Here it is: {} [", {}, 1],
    ["json_valid", { anywhere: true }, 'Not {this}, but { "a": ["}"] }!', {}, 1],
    ["json_valid", { anywhere: true, type: "array" }, 'Here: {"a": [1]}', {}, 0],
    ["json_valid", { anywhere: true }, "None {here", {}, 0],
    ["json_schema", { schema: order, anywhere: true }, 'First {"no": 1}, then {"id": 7}.', {}, 1],
    ["json_schema", { schema: order, anywhere: true }, 'Only {"no": 1}.', {}, 0],
    ["json_schema", { schema: order }, '{"id": 7}', {}, 1],
    ["json_schema", { schema: order }, { id: 7, mail: "a@example.com" }, {}, 1],
    ["json_schema", { schema: order }, { id: 7, mail: "nobody" }, {}, 0],
    ["json_schema", { schema: order }, { id: 7.5 }, {}, 0],
    ["json_schema", { schema: order }, { id: 7, more: 1 }, {}, 0],
    ["json_schema", { schema: order }, "no JSON", {}, 0],
    ["json_schema", { schema: order, allowFence: true }, '```\n{"id": 7}\n```', {}, 1],
    ["json_schema", { schema: order, field: "order" }, { order: { id: 7 } }, {}, 1],
    ["json_schema", { schema: order, field: "order" }, { id: 7 }, {}, 0],
    ["json_schema", {}, { id: 7 }, { schema: order }, 1],
    ["json_schema", {}, { id: "7" }, { schema: order }, 0],
    ["json_schema", {}, { id: 7 }, {}, MISSING],
    [
      "json_schema",
      { schema: { $schema: "http://json-schema.org/draft-07/schema#", items: [{ type: "integer" }] } },
      [1, "x"],
      {},
      1,
    ],
    ["json_schema", { schema: { prefixItems: [{ type: "integer" }] } }, ["x"], {}, 0],
  ])("%s %j of %j with %j: %s", async (name, params, output, expectations, expected) => {
    expect(await outcome(name, params, { output, expectations })).toBe(expected);
  });

  it("says where the schema is broken", async () => {
    const found = await verdict(
      { name: "json_schema", params: { schema: order } },
      item({ output: { id: "x" } }),
    );
    expect(found.rationale).toBe("/id must be integer");
  });

  it("an example's schema that is none is an error of the judge, not a pass", async () => {
    const judged = item({ output: {}, expectations: { schema: { properties: 5 } } });
    expect(await verdict("json_schema", judged)).toMatchObject({ state: "error", reason: "judge_failed" });
  });
});

describe("json_fields and final_state", () => {
  const expected = { status: "refunded", items: [{ sku: "A" }], total: { amount: 12.5, currency: "EUR" } };
  it.each<Row>([
    ["json_fields", {}, { ...expected, more: true }, { answer: expected }, 1],
    ["json_fields", {}, JSON.stringify(expected), { answer: expected }, 1],
    ["json_fields", {}, { ...expected, status: "open" }, { answer: expected }, 0.75],
    ["json_fields", {}, { status: "refunded" }, { answer: expected }, 0.25],
    ["json_fields", {}, "no JSON", { answer: expected }, 0],
    ["json_fields", { ignoreCase: true }, { status: "REFUNDED" }, { answer: { status: "refunded" } }, 1],
    ["json_fields", { absolute: 0.01 }, { n: 12.505 }, { answer: { n: 12.5 } }, 1],
    ["json_fields", { fields: { "items[0].sku": "A", "total.amount": 12 } }, expected, {}, 0.5],
    [
      "json_fields",
      { ignore: ["total"] },
      { status: "refunded", items: [{ sku: "A" }] },
      { answer: expected },
      1,
    ],
    ["json_fields", {}, expected, { answer: "refunded" }, MISSING],
    ["json_fields", {}, expected, {}, MISSING],
  ])("%s %j of %j with %j: %s", async (name, params, output, expectations, value) => {
    expect(await outcome(name, params, { output, expectations })).toBe(value);
  });

  it.each<Row>([
    ["final_state", {}, { ...expected, log: ["x"] }, { state: expected }, 1],
    ["final_state", { mode: "equal" }, { ...expected, log: ["x"] }, { state: expected }, 0.8],
    ["final_state", { mode: "equal", ignore: ["log"] }, { ...expected, log: ["x"] }, { state: expected }, 1],
    ["final_state", { mode: "equal" }, expected, { state: expected }, 1],
    ["final_state", {}, { ...expected, items: [] }, { state: expected }, 0.75],
    ["final_state", { expected: { status: "open" } }, expected, {}, 0],
    ["final_state", {}, expected, { state: {} }, "not_applicable"],
    ["final_state", { mode: "equal" }, {}, { state: {} }, 1],
    ["final_state", {}, null, { state: expected }, "unscored input_missing"],
    ["final_state", {}, expected, {}, MISSING],
  ])("%s %j of %j with %j: %s", async (name, params, state, expectations, value) => {
    expect(await outcome(name, params, { state, expectations })).toBe(value);
  });

  it("names the fields that differ", async () => {
    const judged = item({ state: { a: 1, b: { c: 2 } }, expectations: { state: { a: 2, b: { c: 3 } } } });
    expect((await verdict("final_state", judged)).rationale).toBe(
      '0 of 2 fields as expected; not "a", "b.c"',
    );
  });
});
