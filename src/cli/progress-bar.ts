const BAR_WIDTH = 30;

export interface ProgressBar {
  show(done: number, total: number | null, note?: string): void;
  clear(): void;
}

/** A bar on stderr, only on a terminal; drawn over itself. */
export function progressBar(): ProgressBar {
  let drawn = "";
  return {
    show(done, total, note = "") {
      if (!process.stderr.isTTY || !total) return;
      const share = Math.min(1, done / total);
      const filled = Math.round(share * BAR_WIDTH);
      const bar = `\r[${"█".repeat(filled)}${" ".repeat(BAR_WIDTH - filled)}] ${Math.floor(share * 100)}%${note ? ` ${note}` : ""}`;
      if (bar !== drawn) process.stderr.write(bar);
      drawn = bar;
    },
    clear() {
      if (drawn) process.stderr.write("\r\u001b[K");
    },
  };
}
