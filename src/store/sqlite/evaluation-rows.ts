import { z } from "zod";
import { invalidInput } from "../../errors.ts";
import { Evaluation, EvaluationSetup, type ResultRow, ResultRun } from "../../model/evaluation.ts";
import { isJsonObject, Json } from "../../model/json.ts";
import { expandText } from "./compress.ts";

export const EVALUATION_COLUMNS = `e.id, p.id AS projectId, e.job AS jobId, e.note, e.setup, e.summary,
  e.result_hash AS resultHash, e.changed, e.created_us AS createdUs, e.ended_us AS endedUs`;
export const EVALUATION_SOURCE = "evaluation e JOIN project p ON p.key = e.project";

const EvaluationRow = z.object({
  ...Evaluation.shape,
  setup: z.string().transform((text) => EvaluationSetup.parse(JSON.parse(text))),
  summary: z.string().transform((text) => Json.parse(JSON.parse(text))),
  changed: z.number(),
});

export function toEvaluation(found: unknown): Evaluation {
  const { changed, ...row } = EvaluationRow.parse(found);
  const { target } = row.setup;
  return { ...row, setup: { ...row.setup, target: { ...target, changed: target.changed || changed === 1 } } };
}

export const StoredRow = z.object({
  exampleId: z.string(),
  repeat: z.number(),
  deflated: z.number(),
  data: z.instanceof(Uint8Array),
});

// Only the outer shape: what is inside was checked before it was stored, and may be deep.
const isResultRow = (value: unknown): value is ResultRow =>
  isJsonObject(value) &&
  typeof value["exampleId"] === "string" &&
  typeof value["repeat"] === "number" &&
  isJsonObject(value["verdicts"]) &&
  isJsonObject(value["run"]) &&
  ResultRun.shape.status.safeParse(value["run"]["status"]).success;

export function toResultRow(row: z.infer<typeof StoredRow>): ResultRow {
  const value: unknown = JSON.parse(expandText(row.data, row.deflated));
  if (!isResultRow(value)) throw new Error("a stored result is damaged");
  return value;
}

/** Where a page of rows ended. */
const End = z.tuple([z.string(), z.int()]);

export const encodeRowCursor = ({ exampleId, repeat }: z.infer<typeof StoredRow>): string =>
  Buffer.from(JSON.stringify([exampleId, repeat])).toString("base64url");

/** Before everything without a cursor. Throws `invalid_input` for what `encodeRowCursor` did not make. */
export function decodeRowCursor(cursor: string | undefined): z.infer<typeof End> {
  if (cursor === undefined) return ["", -1];
  try {
    return End.parse(JSON.parse(Buffer.from(cursor, "base64url").toString("utf8")));
  } catch {
    throw invalidInput("The cursor is not one of this list's", "Leave it out to begin again.");
  }
}
