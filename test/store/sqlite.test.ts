import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { type OpenedStore, storeContract } from "./contract.ts";

async function open(): Promise<OpenedStore> {
  const folder = await mkdtemp(join(tmpdir(), "evalwright-store-"));
  const path = join(folder, "store.db");
  const store = await openSqliteStore({ path });
  return {
    store,
    reopen: () => openSqliteStore({ path }),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

storeContract("sqlite", open);
