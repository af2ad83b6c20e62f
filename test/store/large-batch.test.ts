import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createLog } from "../../src/log.ts";
import { openStore } from "../../src/store/open.ts";
import { startCollector } from "../../src/telemetry/collector/collector.ts";

const folder = mkdtempSync(join(tmpdir(), "evalwright-large-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COUNT = 250_000;

const span = (traceId: string) => ({
  traceId,
  spanId: randomBytes(8).toString("hex"),
  name: "s",
  startTimeUnixNano: "1790000000000000000",
  endTimeUnixNano: "1790000001000000000",
});

it("one request of very many small spans, within the size limit, is stored whole", async () => {
  const log = createLog("test", process.env, "error");
  await using store = await openStore(join(folder, "evalwright.db"), log);
  const collector = await startCollector({ store, storeId: "x", log, httpPort: 0, grpcPort: null });
  const spans = Array.from({ length: COUNT }, (_, i) => span(`f${i.toString(16).padStart(31, "0")}`));
  const answer = await fetch(`${collector.status().httpUrl}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-evalwright-project": "large" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  });
  expect([answer.status, await answer.json()]).toEqual([200, {}]);
  await collector.close();
  const [project] = await store.records.listProjects();
  expect(project?.traces).toBe(COUNT);
}, 240_000);
