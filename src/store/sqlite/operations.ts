import type { Database } from "better-sqlite3";
import { aggregateOperations } from "./aggregate.ts";
import { assessmentOperations, assessmentReadOperations } from "./assessments.ts";
import { datasetOperations } from "./datasets.ts";
import { datasetReadOperations } from "./datasets-read.ts";
import { deleteOperations } from "./delete-operations.ts";
import { evaluationOperations } from "./evaluations.ts";
import { evaluationReadOperations } from "./evaluations-read.ts";
import { jobOperations, jobReadOperations } from "./jobs.ts";
import { spendReadOperations } from "./ledger/budgets.ts";
import { ledgerOperations } from "./ledger/operations.ts";
import { taskReadOperations } from "./ledger/task-rows.ts";
import { optimizationOperations } from "./optimizations.ts";
import { optimizationReadOperations } from "./optimizations-read.ts";
import { pointerOperations, pointerReadOperations } from "./pointers.ts";
import { proposalOperations } from "./proposals.ts";
import { readOperations } from "./read.ts";
import { lookupOperations, recordOperations, recordReadOperations } from "./records.ts";
import { rollupOperations } from "./rollup-operations.ts";
import { changedOperations, scheduleLookups, scheduleOperations } from "./schedules.ts";
import { sealOperations, sealReadOperations } from "./seal.ts";
import { retireOperation } from "./seal-retire.ts";
import { searchOperations } from "./search.ts";
import { valueOperations } from "./values.ts";
import { versionOperations, versionReadOperations } from "./versions.ts";

/** What the reading thread serves. */
export function readerOperations(db: Database) {
  const { isDirty } = rollupOperations(db);
  return {
    ...readOperations(db),
    ...assessmentReadOperations(db),
    ...recordReadOperations(db),
    ...bothOperations(db),
    ...changedOperations(db),
    ...jobReadOperations(db),
    ...datasetReadOperations(db),
    ...evaluationReadOperations(db),
    ...optimizationReadOperations(db),
    ...sealReadOperations(db),
    ...spendReadOperations(db),
    ...taskReadOperations(db),
    ...versionReadOperations(db),
    ...pointerReadOperations(db),
    ...searchOperations(db),
    ...aggregateOperations(db),
    ...valueOperations(db),
    isDirty,
  };
}
/** What both threads serve. */
export type LookupOperations = ReturnType<typeof bothOperations>;
function bothOperations(db: Database) {
  return { ...lookupOperations(db), ...scheduleLookups(db) };
}

export type ReaderOperations = ReturnType<typeof readerOperations>;

/** What the writing thread serves, besides inserts and roll-ups, which it orders itself. */
export function writerOperations(db: Database) {
  return {
    ...assessmentOperations(db),
    ...recordOperations(db),
    ...bothOperations(db),
    ...scheduleOperations(db),
    ...jobOperations(db),
    ...datasetOperations(db),
    ...evaluationOperations(db),
    ...optimizationOperations(db),
    ...proposalOperations(db),
    ...sealOperations(db),
    ...retireOperation(db),
    ...ledgerOperations(db),
    ...versionOperations(db),
    ...pointerOperations(db),
    ...deleteOperations(db),
  };
}
export type WriterOperations = ReturnType<typeof writerOperations>;
