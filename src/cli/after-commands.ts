import type { Command } from "commander";
import { count, positive, project } from "./options.ts";

/** What comes after a campaign: `evalwright watch` and `evalwright export-finetuning`; their code loads when they run. */
export function addAfterCommands(program: Command): void {
  program
    .command("watch")
    .description(
      "compare production traffic before and after a proposal was applied: exit 0 fine, 1 worse, 2 cannot be measured",
    )
    .argument("<proposal>", "an applied one, pr-...")
    .addOption(project())
    .option("--once", "one look, for cron; without it looks follow each other until one is worse")
    .option("--every <minutes>", "between two looks", positive, 60)
    .option(
      "--judge <name...>",
      "ask these of a sample of both sides; default those named when it was applied",
    )
    .option(
      "--sample <n>",
      "traces of each side (for judges of conversations: sessions) that judges are asked about",
      count,
      50,
    )
    .option("--days <n>", "of traffic before it was applied", positive, 14)
    .option("--max-calls <n>", "budget of the judges of one look: calls", count)
    .option("--max-usd <n>", "budget of the judges of one look: US dollars", positive)
    .option("--auto-rollback", "roll it back when it is worse")
    .option("--json", "print each look as one line of JSON")
    .action(async (proposal, options) =>
      process.exit(await (await import("./watch.ts")).watchCommand(proposal, options)),
    );

  program
    .command("export-finetuning")
    .description(
      "write passing runs on training examples as JSONL for fine-tuning (OpenAI's chat format); the holdout never",
    )
    .addOption(project())
    .option("--evaluation <id>", "runs of this evaluation")
    .option(
      "--optimization <id>",
      "of a campaign (op-...) its choice's runs; of a model switch (ma-...) the teacher's",
    )
    .option("--candidate <n>", "of a campaign: another candidate", Number)
    .option("--out <file>", "default stdout")
    .option("--all", "failing runs and those that nobody judged too")
    .action(async (options) => (await import("./export-finetuning.ts")).exportFineTuningCommand(options));
}
