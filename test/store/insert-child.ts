import { openSqliteStore } from "../../src/store/sqlite/open.ts";
import { makeBatch, makeConversation } from "./fixtures.ts";

/**
 * A process that stores conversations as fast as it can, several inserts at a time, and says which are acknowledged,
 * until it is killed: `<first trace> <turns>` a line.
 */
const [path = "", first = "1"] = process.argv.slice(2);
const store = await openSqliteStore({ path });
const TURNS = 5;
let next = Number(first);

async function insertForEver(): Promise<void> {
  for (;;) {
    const firstTrace = next;
    next += TURNS;
    await store.traces.insert([
      makeBatch(makeConversation({ sessionId: `c${firstTrace}`, turns: TURNS, firstTrace })),
    ]);
    process.stdout.write(`${firstTrace} ${TURNS}\n`);
  }
}

await Promise.all([insertForEver(), insertForEver(), insertForEver(), insertForEver()]);
