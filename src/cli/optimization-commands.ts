import { type Command, Option } from "commander";
import { count, positive, project, retryFailed } from "./options.ts";

function addOptimize(program: Command): void {
  const optimize = program
    .command("optimize")
    .description(
      "improve prompts on a frozen dataset, here and unattended, then look once at the sealed holdout: exit 0 better (students: none inferior), 1 not shown or worse, 2 cannot be measured",
    )
    .addOption(project())
    .option("--dataset <name>", "NAME or NAME@VERSION, with train, validation and holdout")
    .option("--target <file>", "target file of the repository; it takes prompts by name")
    .option("--teacher <file>", 'instead of --target: the target file to match, or "recorded"')
    .option("--student <file...>", "target files whose prompts are improved until they match the teacher")
    .option("--margin <difference>", "the loss against the teacher that does not matter", positive)
    .option("--prompt <[name=]prompt...>", "saved prompts to improve, e.g. system=support@production")
    .option("--code", "edits of the repository's files are candidates too; needs --proposer assistant")
    .option("--judge <name...>", "judges")
    .option("--primary <judge>", "decides; default the first judge")
    .option("--objective <name...>", "to be kept good beside it: judges, cost, latency, length")
    .addOption(
      new Option("--proposer <who>", "who writes candidates")
        .choices(["model", "demonstrations", "assistant"])
        .default("model"),
    )
    .option("--model <endpoint>", "endpoint that writes, for --proposer model")
    .option("--max-proposals <n>", "default 30 without another limit", count)
    .option("--max-rollouts <n>", "runs of one example at most", count)
    .addOption(
      new Option(
        "--frontier <by>",
        "of what the best are kept; default example, with objectives both",
      ).choices(["example", "objective", "both"]),
    )
    .option("--patience <n>", "proposals without improvement after which it stops; default 30", count)
    .option("--target-score <score>", "validation score at which it stops, above 0 to 1", positive)
    .option("--minibatch <n>", "training cases that a proposal is written for, to 100; default 3", count)
    .option("--watch-judge <name...>", "judges that a watch of live traffic asks once it is applied")
    .option("--repeats <n>", "runs of each example", count, 1)
    .option("--seed <text>", "of all randomness; default made of dataset and texts")
    .option("--allow-real-side-effects", "run a target whose sideEffects are real")
    .option("--max-calls <n>", "budget: calls, the final look's included", count)
    .option("--max-llm-tokens <n>", "budget: tokens", count)
    .option("--max-usd <n>", "budget: US dollars", positive)
    .option("--max-minutes <n>", "budget: minutes of the search", positive)
    .option("--note <text>", "kept with the campaign")
    .option("--idempotency-key <key>", "the same key and options go on with the campaign that they started")
    .option("--dry-run", "what it would cost and could show")
    .option(
      "--resume <id>",
      "go on with a campaign that did not end: its job, or its own id (op-..., ma-...)",
    )
    .addOption(retryFailed())
    .option("--stop", "with --resume: propose nothing more, take the final look at what there is")
    .option("--no-finish", "end with the search; exit 0; finish later with --resume")
    .option("--json", "print the outcome as one line of JSON, and nothing else")
    .action(async (options) => process.exit(await (await import("./optimize.ts")).optimizeCommand(options)));

  optimize
    .command("report")
    .description("a campaign's report: verdict, lineage, what was tried and whether it held, the change")
    .argument("<campaign>", "op-...")
    .addOption(project())
    .option("--out <file...>", "write files: .md or .html; default Markdown to stdout")
    .action(async (id, options) => (await import("./optimize-report.ts")).optimizeReportCommand(id, options));
}

/** `evalwright optimize` and `evalwright proposal`; their code loads when they run. */
export function addOptimizationCommands(program: Command): void {
  addOptimize(program);

  program
    .command("proposal")
    .description("proposals that campaigns ended in: list, show ID, apply ID, reject ID, rollback ID")
    .argument("<action>", "list, show, apply, reject or rollback")
    .argument("[id]", "pr-...")
    .addOption(project())
    .option("--markdown", "show: as the body of a pull request")
    .option("--alias <name>", "apply: the alias that moves to the new versions", "production")
    .option("--watch-judge <name...>", "apply: judges that a watch asks; default the campaign's")
    .option("--reason <text>", "reject, rollback: kept, and told to later proposers")
    .option("--dry-run", "apply, rollback: what would change")
    .option("--cursor <cursor>", "list: the next page")
    .option("--json", "print the answer as one line of JSON")
    .action(async (action, id, options) =>
      (await import("./proposal.ts")).proposalCommand(action, id, options),
    );
}
