import { exportFineTuning, type FineTuningExport } from "../optimization/fine-tuning/export.ts";
import { withApp } from "./with-app.ts";
import { writeOutput } from "./write-output.ts";

export interface ExportFineTuningOptions {
  readonly project?: string;
  readonly evaluation?: string;
  readonly optimization?: string;
  readonly candidate?: number;
  readonly out?: string;
  readonly all?: boolean;
}

/** On stderr: stdout may be the file. */
function tell({ of, primary, lines, leftOut, lost }: FineTuningExport, all: boolean): void {
  const words = [
    `${lines.length} lines of ${of}, training examples only${all ? "" : `, those that pass ${primary}`}`,
    ...Object.entries(leftOut).map(([reason, count]) => `left out: ${count}, ${reason}`),
    ...(lost.media > 0 ? [`${lost.media} media stand as words: the format has no place for them`] : []),
    ...(lost.reasoning + lost.other > 0
      ? [`${lost.reasoning} reasoning and ${lost.other} unknown parts were left out of lines`]
      : []),
  ];
  process.stderr.write(words.map((line) => `${line}\n`).join(""));
}

/** `evalwright export-finetuning`: what was collected, as JSONL to train on. */
export async function exportFineTuningCommand(options: ExportFineTuningOptions): Promise<void> {
  const { out, all = false, evaluation, optimization, candidate } = options;
  await withApp(options, async (context) => {
    const made = await exportFineTuning(context, { evaluation, optimization, candidate, all });
    const text = made.lines.map((line) => `${line}\n`).join("");
    if (out === undefined) process.stdout.write(text);
    else await writeOutput(out, text);
    tell(made, all);
  });
}
