import { type Command, Option } from "commander";
import { count, positive, project, resume, retryFailed, withBudget } from "./options.ts";

/** Measuring: `evalwright eval`, `calibrate`, `issues` and `compare`; their code loads when they run. */
export function addEvaluationCommands(program: Command): void {
  addEval(program);
  addCalibrate(program);
  addIssues(program);
  addCompare(program);
}

function addEval(program: Command): void {
  withBudget(
    program
      .command("eval")
      .description(
        "run an evaluation here and hold it against gates: exit 0 pass, 1 fail, 2 cannot be measured (any error)",
      )
      .argument(
        "[file]",
        "a file of tests (docs/test-files.md), before the options; its own judges, gates and target hold where none are named",
      )
      .addOption(project())
      .option("--dataset <name>", "NAME or NAME@VERSION")
      .option("--target <file>", 'target file of the repository, or "recorded"')
      .option("--git-ref <ref>", "run the code of this commit")
      .option("--judge <name...>", "judges; default those that the gates name")
      .option("--prompt <name=prompt...>", "give the target a prompt of the registry, e.g. system=support@7")
      .option("--primary <judge>", "decides comparisons; default the first judge")
      .option("--repeats <n>", "runs of each example", count, 1)
      .option("--gate <gate...>", "'correctness >= 0.9' holds the interval's bound; 'estimate:...' the mean")
      .option("--require-calibrated", "refuse model judges that were not checked against people")
      .option("--reuse <evaluation>", "judge the runs of an earlier evaluation anew")
      .option("--recorded-filter <filter>", "with recorded: which sessions")
      .option("--match-tag <tag>", "with recorded: the tag equal in example and session")
      .option("--allow-real-side-effects", "run a target whose sideEffects are real"),
    "budget",
  )
    .option("--note <text>", "kept with the evaluation")
    .option("--dry-run", "what it would cost and could show")
    .addOption(resume())
    .addOption(retryFailed())
    .option("--junit <file>", "write JUnit XML")
    .option("--report <file...>", "write a report: .md or .html")
    .option("--json", "print the outcome as one line of JSON")
    .action(async (file, options) =>
      process.exit(await (await import("./eval.ts")).evalCommand(file, options)),
    );
}

function addCalibrate(program: Command): void {
  withBudget(
    program
      .command("calibrate")
      .description(
        "check a judge against people's labels: exit 0 informative, 1 uninformative, 2 cannot be said (any error)",
      )
      .argument("<judge>", "NAME or NAME@VERSION")
      .addOption(project())
      .option(
        "--labels <name>",
        "feedback (with --dataset: expectation) that holds them; default the judge's name",
      )
      .option("--source <source>", "who gave the labels: human or end_user", "human")
      .option("--filter <filter>", "which labelled traces or sessions")
      .addOption(new Option("--level <level>", "where the labels are").choices(["traces", "sessions"]))
      .option("--dataset <name>", "labels are an expectation of its examples")
      .option("--label-threshold <n>", "graded labels: this or more is a pass", Number)
      .option("--limit <n>", "labelled items at most", count, 2_000)
      .option("--population <filter>", "estimate the pass rate of all that match, corrected by the labels")
      .option("--sample <n>", "only labels of this sample of --next, weighted", count)
      .option("--next <k>", "draw k items to label next, instead of a card", count)
      .option(
        "--align",
        "improve the rubric by the labels; kept only if better on held-out ones (exit 0), else 2",
      )
      .option("--beside <judge...>", "with --next: label more where these judges differ")
      .option("--repeats <n>", "ask 20 items so many times more", Number),
    "budget",
  )
    .option("--dry-run", "what it would take")
    .addOption(resume())
    .addOption(retryFailed())
    .option("--json", "print the card as one line of JSON")
    .action(async (judge, options) =>
      process.exit(await (await import("./calibrate.ts")).calibrateCommand(judge, options)),
    );
}

function addIssues(program: Command): void {
  withBudget(
    program
      .command("issues")
      .description(
        "count what goes wrong in sessions or traces by kind; with a census: show it, compare it, or edit its kinds",
      )
      .argument("[census]", "ID, ID@VERSION or ID/KIND of an earlier census; without it one is made")
      .addOption(project())
      .option("--filter <filter>", "which; default all real use. With --split: the members split off")
      .addOption(new Option("--level <level>").choices(["sessions", "traces"]).default("sessions"))
      .option("--limit <n>", "looked at; if more match they are drawn by strata", count, 1_000)
      .option("--outcome <name>", "feedback that says how it went; default all that people gave")
      .option("--pass-from <n>", "a numeric outcome of this or more went well", Number)
      .option(
        "--notes <n>",
        "of so many a model or the assistant writes what went wrong; 0: signals only",
        Number,
        0,
      ),
    "budget of --notes",
  )
    .option("--compare-to <census>", "what is new, gone, grown or shrunk since that one")
    .option("--merge <kind...>", "make these kinds one: --into a kind or a new name")
    .option("--split <kind>", "split off the members that match --filter as a kind: --into its name")
    .option("--rename <kind>", "give it another name: --into")
    .option("--into <name>", "the name for --merge, --split, --rename")
    .option("--dry-run", "what would be looked at, and the signals with their definitions")
    .addOption(resume())
    .addOption(retryFailed())
    .option("--json", "print the answer as one line of JSON")
    .action(async (census, options) => (await import("./issues.ts")).issuesCommand(census, options));
}

function addCompare(program: Command): void {
  withBudget(
    program
      .command("compare")
      .description(
        "compare two evaluations: exit 0 better or equivalent, 1 worse, 2 not shown either way, or an error",
      )
      .argument("<baseline>")
      .argument("<candidate>")
      .addOption(project())
      .option("--primary <judge>", "the judge that decides")
      .option(
        "--pair-judge <judge...>",
        "ask which answer is better, e.g. preference; decides unless --primary is given",
      ),
    "budget of --pair-judge",
  )
    .option("--alpha <level>", "two-sided level of all attempts together (default 0.05)", positive)
    .option("--margin <difference>", "smaller differences do not matter", positive)
    .option("--report <file...>", "write a report: .md or .html")
    .option("--json", "print the comparison as one line of JSON")
    .action(async (baseline, candidate, options) =>
      process.exit(await (await import("./compare.ts")).compareCommand(baseline, candidate, options)),
    );
}
