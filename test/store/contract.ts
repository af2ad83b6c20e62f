import { describe } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { assessmentContract } from "./contract-assessments.ts";
import { budgetContract } from "./contract-budgets.ts";
import { datasetContract } from "./contract-datasets.ts";
import { evaluationContract } from "./contract-evaluations.ts";
import { insertContract } from "./contract-insert.ts";
import { ledgerContract } from "./contract-ledger.ts";
import { optimizationContract } from "./contract-optimizations.ts";
import { pointerContract } from "./contract-pointers.ts";
import { readContract } from "./contract-read.ts";
import { recordContract } from "./contract-records.ts";
import { scheduleContract } from "./contract-schedules.ts";
import { sealContract } from "./contract-seal.ts";
import { taskContract } from "./contract-tasks.ts";
import { versionContract } from "./contract-versions.ts";

/** Opens another view of the same data: a second process's, as far as the backend can tell. */
export interface OpenedStore extends AsyncDisposable {
  readonly store: Store;
  readonly reopen: () => Promise<Store>;
}

/** What a backend is: each method of Store, as documented there. `open` gives an empty one. */
export function storeContract(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name}: inserting`, () => insertContract(open));
  describe(`${name}: reading`, () => readContract(open));
  describe(`${name}: assessments`, () => assessmentContract(open));
  describe(`${name}: records and jobs`, () => recordContract(open));
  describe(`${name}: datasets`, () => datasetContract(open));
  describe(`${name}: evaluations`, () => evaluationContract(open));
  describe(`${name}: optimizations`, () => optimizationContract(open));
  describe(`${name}: ledger`, () => ledgerContract(open));
  describe(`${name}: budgets`, () => budgetContract(open));
  describe(`${name}: tasks`, () => taskContract(open));
  describe(`${name}: versions`, () => versionContract(open));
  describe(`${name}: pointers`, () => pointerContract(open));
  describe(`${name}: schedules`, () => scheduleContract(open));
  describe(`${name}: sealing`, () => sealContract(open));
}
