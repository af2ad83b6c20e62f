import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";

// Loaded into a program by NODE_OPTIONS: writes down at its end what it used, threads included. No TypeScript: taking
// its types off would be most of what it measures of a short program's start.
const folder = process.env.BENCH_USAGE_FOLDER;
if (isMainThread && folder)
  process.on("exit", () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage = { cpuS: (userCPUTime + systemCPUTime) / 1e6, peakMb: maxRSS / 1_024 };
    writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(usage));
  });
