/** What one query may make its process use. */
const MAX_RSS_BYTES = 1_000_000_000;
const LOOK_EVERY_MS = 50;

/**
 * Runs in a thread of the child, since a running query blocks the main one: ends the process when it takes too much
 * memory, which SQLite itself cannot limit, or when its parent is gone.
 */
export function watch(parent: number): void {
  setInterval(() => {
    if (process.memoryUsage.rss() > MAX_RSS_BYTES || process.ppid !== parent)
      process.kill(process.pid, "SIGKILL");
  }, LOOK_EVERY_MS);
}
