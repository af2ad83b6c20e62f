import { z } from "zod";
import {
  DatasetVersion,
  type Example,
  type ExampleContent,
  Origin,
  Role,
  Split,
} from "../../model/example.ts";
import { isJsonObject } from "../../model/json.ts";
import { expandText } from "./compress.ts";

type Counts = DatasetVersion["counts"];

export const COUNTS = DatasetVersion.shape.counts.keyof().options;

export const VERSION_COLUMNS = `v.id, v.hash, v.version, v.parent, v.note, v.created_us AS createdUs, d.name,
  d.retired_us AS retiredUs, p.id AS projectId, ${COUNTS.map((name) => `v.${name}`).join(", ")}`;
export const VERSION_SOURCE =
  "dataset_version v JOIN dataset d ON d.id = v.dataset JOIN project p ON p.key = d.project";

const { counts: CountColumns, ...VersionColumns } = DatasetVersion.shape;
export const VersionRow = z.object({ ...VersionColumns, ...CountColumns.shape, id: z.number() });

export function toVersion(row: z.infer<typeof VersionRow>): DatasetVersion {
  const { id: _, examples, train, validation, holdout, failing, passing, synthetic, ...version } = row;
  return { ...version, counts: { examples, train, validation, holdout, failing, passing, synthetic } };
}

export function countExamples(examples: readonly Example[]): Counts {
  const count = (is: (example: Example) => boolean) => examples.filter(is).length;
  return {
    examples: examples.length,
    train: count(({ split }) => split === "train"),
    validation: count(({ split }) => split === "validation"),
    holdout: count(({ split }) => split === "holdout"),
    failing: count(({ role }) => role === "failing"),
    passing: count(({ role }) => role === "passing"),
    synthetic: count(({ origin }) => origin.kind === "synthetic"),
  };
}

export const ExampleRow = z.object({
  position: z.number(),
  id: z.string(),
  hash: z.string(),
  group: z.string(),
  split: Split,
  deflated: z.number(),
  data: z.instanceof(Uint8Array),
});

// Only the outer shape: what is inside was checked before it was stored, and may be deep.
const isContent = (value: unknown): value is ExampleContent =>
  isJsonObject(value) &&
  Array.isArray(value["messages"]) &&
  Array.isArray(value["turns"]) &&
  isJsonObject(value["expectations"]) &&
  isJsonObject(value["tags"]) &&
  Role.safeParse(value["role"]).success &&
  Origin.safeParse(value["origin"]).success;

export function toExample(row: z.infer<typeof ExampleRow>): Example {
  const { id, hash, group, split } = row;
  const content: unknown = JSON.parse(expandText(row.data, row.deflated));
  if (!isContent(content)) throw new Error("a stored example is damaged");
  return { ...content, id, hash, group, split };
}
