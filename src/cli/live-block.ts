import { stripVTControlCharacters } from "node:util";

export interface LiveBlock {
  /** A line that stays, above the block. */
  print(line: string): void;
  /** Draws the block anew; nothing where stderr is no terminal. */
  draw(lines: readonly string[]): void;
  clear(): void;
}

/** Lines on stderr that are drawn over themselves, below lines that stay; without a terminal only these. */
export function liveBlock(): LiveBlock {
  const { stderr } = process;
  let drawn: readonly string[] = [];
  const erase = () => {
    if (drawn.length > 0) stderr.write(`\u001b[${drawn.length}F\u001b[J`);
  };
  const put = () => {
    // A line that wraps would be two, and the next drawing would begin at the wrong one.
    const width = (stderr.columns || 80) - 1;
    const fit = (line: string) =>
      stripVTControlCharacters(line).length > width ? line.slice(0, width) : line;
    for (const line of drawn) stderr.write(`${fit(line)}\n`);
  };
  return {
    print(line) {
      erase();
      stderr.write(`${line}\n`);
      put();
    },
    draw(lines) {
      if (!stderr.isTTY || lines.join("\n") === drawn.join("\n")) return;
      erase();
      drawn = lines;
      put();
    },
    clear() {
      erase();
      drawn = [];
    },
  };
}
