import { createLog } from "../log.ts";
import { openStore } from "../store/open.ts";
import { logFile } from "./log-file.ts";
import { LEASE_MS, runJob } from "./run.ts";

/** Entry of a job's process: `job-child JOB_ID STORE [LEASE_MS]`. */
async function main(): Promise<void> {
  const [jobId, location, lease] = process.argv.slice(2);
  if (!jobId || !location) throw new Error("a job's process was started without its arguments");
  const log = createLog("evalwright-job", {
    EVALWRIGHT_LOG_FILE: logFile(location),
    EVALWRIGHT_LOG_LEVEL: process.env["EVALWRIGHT_LOG_LEVEL"] ?? "info",
  });
  const stop = new AbortController();
  process.on("SIGHUP", () => {}); // the terminal that started us is gone; the work goes on
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error, job: jobId }, "the job's process broke");
    process.exit(1);
  });
  const store = await openStore(location, log);
  try {
    const leaseMs = lease === undefined ? LEASE_MS : Number(lease);
    const outcome = await runJob({ store, jobId, log, signal: stop.signal, leaseMs });
    const peakMb = Math.round(process.resourceUsage().maxRSS / 1_024);
    log.info({ job: jobId, outcome, peakMb }, "the job's process ends");
  } finally {
    await store[Symbol.asyncDispose]();
  }
}

await main();
