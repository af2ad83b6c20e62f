import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Ended = z.object({ job: z.string(), peakMb: z.number() });

/** The most memory that a job's process took (resident, MB), as its log says at its end. */
export async function peakMb(home: string, jobId: string): Promise<number> {
  for (;;) {
    const lines = readFileSync(join(home, "jobs.log"), "utf8").split("\n");
    const line = lines.findLast((one) => one.includes(jobId) && one.includes("peakMb"));
    if (line !== undefined) return Ended.parse(JSON.parse(line)).peakMb;
    // The job is done some milliseconds before its process is.
    await new Promise((done) => setTimeout(done, 50));
  }
}
