import type { ComponentSpec } from "../../../src/optimization/reflection/component-spec.ts";
import type { ReflectiveOrder } from "../../../src/optimization/reflection/material.ts";
import type { TrainingRecord } from "../../../src/optimization/reflection/training-record.ts";
import type { PoolEntry } from "../../../src/optimization/search/contract.ts";

export function makeRecord(exampleId: string, fields: Partial<TrainingRecord> = {}): TrainingRecord {
  return {
    exampleId,
    score: 0,
    status: "ok",
    error: null,
    input: [`question: question ${exampleId}`],
    steps: [],
    output: [`answer ${exampleId}`],
    expectations: [`answer: expected ${exampleId}`],
    judges: [
      {
        judge: "correct",
        decides: true,
        label: "wrong",
        pass: false,
        value: 0,
        rationale: "It is not so.",
        reason: null,
      },
    ],
    findings: [],
    cuts: [],
    ...fields,
  };
}

export function makeEntry(
  index: number,
  components: Readonly<Record<string, string>>,
  fields: Partial<PoolEntry> = {},
): PoolEntry {
  return {
    index,
    candidate: { components, code: null },
    parents: index === 0 ? [] : [index - 1],
    hypothesis: index === 0 ? null : `hypothesis ${index}`,
    iteration: index,
    scores: new Map(),
    mean: null,
    coverage: 0,
    estimate: null,
    objectives: {},
    length: Object.values(components).join("").length,
    ...fields,
  };
}

/** An order to change the one component, or all of several. */
export function makeOrder(
  components: Readonly<Record<string, string>>,
  records: readonly TrainingRecord[] = [],
  fields: Partial<ReflectiveOrder> = {},
): ReflectiveOrder {
  const parent = fields.parent ?? makeEntry(0, components);
  return {
    iteration: 1,
    slot: 0,
    parent,
    components: Object.keys(components),
    records: records.map((record) => ({
      case: { exampleId: record.exampleId, repeat: 0 },
      outcome: { score: record.score, objectives: {}, record },
    })),
    rejected: [],
    lineage: [parent],
    ...fields,
  };
}

export const makeSpec = (name: string, seed: string, fields: Partial<ComponentSpec> = {}): ComponentSpec => ({
  name,
  purpose: null,
  seed,
  ...fields,
});
