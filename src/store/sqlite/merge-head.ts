import { z } from "zod";
import { Finding } from "../../model/finding.ts";
import { HEAD_COLUMNS } from "./span-columns.ts";
import type { Cell } from "./wire.ts";

const KIND = HEAD_COLUMNS.indexOf("kind");
const STATUS = HEAD_COLUMNS.indexOf("status");
const END = HEAD_COLUMNS.indexOf("end_us");
const FINDINGS = HEAD_COLUMNS.indexOf("findings");
const COST = HEAD_COLUMNS.indexOf("cost_usd");
const COST_SOURCE = HEAD_COLUMNS.indexOf("cost_source");

/** Which values say nothing: null, empty text, kind `other`, status `unset`. */
const isAbsent = (value: Cell | undefined, column: number): boolean =>
  value === null ||
  value === undefined ||
  value === "" ||
  (column === KIND && value === "other") ||
  (column === STATUS && value === "unset");

const Findings = z.array(Finding);
const parseFindings = (cell: Cell | undefined): Finding[] =>
  typeof cell === "string" ? Findings.parse(JSON.parse(cell)) : [];

/**
 * The head of a span of which a second version arrived: a new value wins over the old, an absent one does not; a
 * stub's only fills what is absent. Rows are in the order of HEAD_COLUMNS.
 */
export function mergeHead(old: readonly Cell[], added: readonly Cell[], addedIsStub: boolean): Cell[] {
  const merged = old.map((value, column): Cell => {
    const other = added[column] ?? null;
    const [first, second] = addedIsStub ? [value, other] : [other, value];
    return isAbsent(first, column) ? second : first;
  });
  // A cost that the source reported wins over one that we computed, whichever came later.
  if (old[COST_SOURCE] === "reported" && added[COST_SOURCE] === "computed") {
    merged[COST] = old[COST] ?? null;
    merged[COST_SOURCE] = "reported";
  }
  merged[FINDINGS] = mergeFindings(old, added, addedIsStub, merged[END] ?? null);
  return merged;
}

function mergeFindings(
  old: readonly Cell[],
  added: readonly Cell[],
  addedIsStub: boolean,
  endUs: Cell,
): string | null {
  const before = parseFindings(old[FINDINGS]);
  const after = parseFindings(added[FINDINGS]);
  const bothStubs = addedIsStub && before.some((finding) => finding.code === "stub");
  const [first, second] = addedIsStub ? [before, after] : [after, before];
  // The span itself has arrived, so it is no stub; and one that has an end does not miss it.
  const keep = (finding: Finding): boolean =>
    (bothStubs || finding.code !== "stub") && (finding.code !== "missing_end" || endUs === null);
  const chosen = first.filter(keep);
  const findings = chosen.length > 0 ? chosen : second.filter(keep);
  return findings.length > 0 ? JSON.stringify(findings) : null;
}
