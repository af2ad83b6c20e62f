import { Command, Option } from "commander";
import { version } from "../runtime.ts";
import { addAfterCommands } from "./after-commands.ts";
import { addCollectCommands } from "./collect-commands.ts";
import { endWithReader } from "./end-with-reader.ts";
import { addOptimizationCommands } from "./optimization-commands.ts";
import { count, grpcPort, httpPort, positive, project } from "./options.ts";
import { tellError } from "./tell-error.ts";

/** Commands load their code when they run: `evalwright --help` and the stdio server stay fast. */
function build(): Command {
  const program = new Command("evalwright")
    .description("MCP server that lets coding assistants build, evaluate and improve AI agents.")
    .version(version)
    .showHelpAfterError()
    .enablePositionalOptions()
    .addOption(project())
    .addOption(httpPort())
    .addOption(grpcPort())
    .option("--no-collector", "serve MCP only, receive no traces")
    .action(async (options) => (await import("./serve.ts")).serve(options));

  addCollectCommands(program);

  program
    .command("import")
    .description("import traces, sessions and feedback from files or folders; the format is detected")
    .argument("<path...>")
    .addOption(project())
    .option("--feedback-column <name...>", "feedback files: the columns that are feedback")
    .option(
      "--feedback-source <source>",
      "who gave it: human, end_user, code, llm_judge, coding_agent",
      "human",
    )
    .option("--json", "print the report as JSON")
    .action(async (paths, options) => (await import("./import.ts")).importCommand(paths, options));

  program
    .command("delete")
    .description(
      "delete the traces that match a filter, and all that is derived from them; first shows what would go",
    )
    .argument("[filter]", 'e.g. "start < 2026-01-01" or \'session = "abc"\'')
    .addOption(project())
    .option("--all", "everything of the project")
    .option("--yes", "really delete")
    .action(async (filter, options) => (await import("./delete.ts")).deleteCommand(filter, options));

  program
    .command("call")
    .description(
      "call a tool as an MCP client would: evalwright call search_traces filter='status = error' limit=5",
    )
    .argument("[tool]", "without it: the list of tools")
    .argument("[arguments...]", "key=value; values that are JSON are read as JSON")
    .addOption(project())
    .option("--json", "print the answer as one line of JSON")
    .action(async (tool, args, options) => (await import("./call.ts")).callCommand(tool, args, options));

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
    .option("--repeats <n>", "runs of each example", positive, 1)
    .option("--gate <gate...>", "'correctness >= 0.9' holds the interval's bound; 'estimate:...' the mean")
    .option("--require-calibrated", "refuse model judges that were not checked against people")
    .option("--reuse <evaluation>", "judge the runs of an earlier evaluation anew")
    .option("--recorded-filter <filter>", "with recorded: which sessions")
    .option("--match-tag <tag>", "with recorded: the tag equal in example and session")
    .option("--allow-real-side-effects", "run a target whose sideEffects are real")
    .option("--max-calls <n>", "budget: calls", positive)
    .option("--max-llm-tokens <n>", "budget: tokens of models", count)
    .option("--max-usd <n>", "budget: US dollars", positive)
    .option("--max-minutes <n>", "budget: minutes", positive)
    .option("--note <text>", "kept with the evaluation")
    .option("--dry-run", "what it would cost and could show")
    .option("--resume <job>", "go on with a job that did not end")
    .option("--junit <file>", "write JUnit XML")
    .option("--report <file...>", "write a report: .md or .html")
    .option("--json", "print the outcome as one line of JSON")
    .action(async (file, options) =>
      process.exit(await (await import("./eval.ts")).evalCommand(file, options)),
    );

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
    .option("--limit <n>", "labelled items at most", positive, 2_000)
    .option("--population <filter>", "estimate the pass rate of all that match, corrected by the labels")
    .option("--sample <n>", "only labels of this sample of --next, weighted", positive)
    .option("--next <k>", "draw k items to label next, instead of a card", positive)
    .option(
      "--align",
      "improve the rubric by the labels; kept only if better on held-out ones (exit 0), else 2",
    )
    .option("--beside <judge...>", "with --next: label more where these judges differ")
    .option("--repeats <n>", "ask 20 items so many times more", Number)
    .option("--max-calls <n>", "budget: calls", positive)
    .option("--max-llm-tokens <n>", "budget: tokens", count)
    .option("--max-usd <n>", "budget: US dollars", positive)
    .option("--max-minutes <n>", "budget: minutes", positive)
    .option("--dry-run", "what it would take")
    .option("--resume <job>", "go on with a job that did not end")
    .option("--json", "print the card as one line of JSON")
    .action(async (judge, options) =>
      process.exit(await (await import("./calibrate.ts")).calibrateCommand(judge, options)),
    );

  program
    .command("issues")
    .description(
      "count what goes wrong in sessions or traces by kind; with a census: show it, compare it, or edit its kinds",
    )
    .argument("[census]", "ID, ID@VERSION or ID/KIND of an earlier census; without it one is made")
    .addOption(project())
    .option("--filter <filter>", "which; default all real use. With --split: the members split off")
    .addOption(new Option("--level <level>").choices(["sessions", "traces"]).default("sessions"))
    .option("--limit <n>", "looked at; if more match they are drawn by strata", positive, 1_000)
    .option("--outcome <name>", "feedback that says how it went; default all that people gave")
    .option("--pass-from <n>", "a numeric outcome of this or more went well", Number)
    .option(
      "--notes <n>",
      "of so many a model or the assistant writes what went wrong; 0: signals only",
      Number,
      0,
    )
    .option("--max-calls <n>", "budget of --notes: calls", positive)
    .option("--max-llm-tokens <n>", "budget of --notes: tokens", count)
    .option("--max-usd <n>", "budget of --notes: US dollars", positive)
    .option("--max-minutes <n>", "budget of --notes: minutes", positive)
    .option("--compare-to <census>", "what is new, gone, grown or shrunk since that one")
    .option("--merge <kind...>", "make these kinds one: --into a kind or a new name")
    .option("--split <kind>", "split off the members that match --filter as a kind: --into its name")
    .option("--rename <kind>", "give it another name: --into")
    .option("--into <name>", "the name for --merge, --split, --rename")
    .option("--dry-run", "what would be looked at, and the signals with their definitions")
    .option("--resume <job>", "go on with a job that did not end")
    .option("--json", "print the answer as one line of JSON")
    .action(async (census, options) => (await import("./issues.ts")).issuesCommand(census, options));

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
    )
    .option("--max-calls <n>", "budget of --pair-judge: calls", positive)
    .option("--max-llm-tokens <n>", "budget of --pair-judge: tokens of models", count)
    .option("--max-usd <n>", "budget of --pair-judge: US dollars", positive)
    .option("--max-minutes <n>", "budget of --pair-judge: minutes", positive)
    .option("--alpha <level>", "two-sided level of all attempts together (default 0.05)", positive)
    .option("--margin <difference>", "smaller differences do not matter", positive)
    .option("--report <file...>", "write a report: .md or .html")
    .option("--json", "print the comparison as one line of JSON")
    .action(async (baseline, candidate, options) =>
      process.exit(await (await import("./compare.ts")).compareCommand(baseline, candidate, options)),
    );

  addOptimizationCommands(program);
  addAfterCommands(program);

  program
    .command("dataset")
    .description("list datasets, export one as JSONL, or retire its sealed holdout")
    .argument("<action>", "list, export or retire-holdout")
    .argument("[name]", "NAME or NAME@VERSION")
    .addOption(project())
    .option("--out <file>", "export to this file; default stdout")
    .option("--yes", "really retire")
    .action(async (action, name, options) =>
      (await import("./dataset.ts")).datasetCommand(action, name, options),
    );

  program
    .command("prompt")
    .description(
      "prompts: list, show NAME, diff NAME@1 NAME@2, save NAME FILE, export NAME, render NAME, alias NAME ALIAS [VERSION], link NAME PATH[#SYMBOL], pull NAME, push NAME",
    )
    .argument("<action>", "list, show, diff, save, export, render, alias, link, pull or push")
    .argument("[name]", "NAME, NAME@VERSION or NAME@ALIAS")
    .argument(
      "[more...]",
      "diff: the other version; save: a file, - is stdin; alias: its name and the version; link: a place of the repository",
    )
    .addOption(project())
    .option("--message <text>", "save, alias, pull: what changed, and why")
    .option("--expect <version>", "alias: refuse unless it stands at this version; 0 is nowhere", Number)
    .option("--rollback", "alias: back to where it stood before")
    .option("--remove", "alias, link: take it away")
    .option("--var <name=value...>", "render: values of variables")
    .option("--json", "save, export: template, variables and settings as JSON")
    .option("--out <file>", "export, render: to this file; default stdout")
    .action(async (action, name, more, options) =>
      (await import("./prompt.ts")).promptCommand(action, name, more, options),
    );

  program
    .command("export-tests")
    .description("write a dataset with its judges as one YAML file for your repository; eval runs it")
    .argument("<dataset>", "NAME or NAME@VERSION; its sealed holdout is left out")
    .addOption(project())
    .option(
      "--out <file>",
      "default stdout; a file of tests that is there keeps its target, gates and judges",
    )
    .option("--judge <name...>", "judges; default those of the newest evaluation of the dataset")
    .option("--target <file>", "target file that eval runs")
    .option("--gate <gate...>", "gates that eval holds")
    .action(async (dataset, options) =>
      (await import("./export-tests.ts")).exportTestsCommand(dataset, options),
    );

  program
    .command("import-tests")
    .description(
      "keep a file of tests, ours or a promptfooconfig.yaml, as a dataset and judges; the same content is the same version",
    )
    .argument("<file>")
    .addOption(project())
    .option("--name <name>", "name of the dataset; default the file's own")
    .option("--out <file>", "write it in our format too (from promptfoo's)")
    .option("--target-out <file>", "write promptfoo's prompts as target files")
    .option("--json", "print the outcome as one line of JSON")
    .action(async (file, options) => (await import("./import-tests.ts")).importTestsCommand(file, options));

  program
    .command("doctor")
    .description("check Node, store and ports, and that a test span really arrives")
    .addOption(httpPort())
    .addOption(grpcPort())
    .action(async (options) => process.exit(await (await import("./doctor.ts")).doctor(options)));

  return program;
}

/** Runs the command line. A mendable error is one line on stderr and exit code 1, or 2 where 1 is a verdict; usage errors exit with 2. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = build();
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ])
    command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  // The server has its own end: what it writes are answers to a client.
  program.hook("preAction", (_, command) => {
    if (command !== program) endWithReader();
  });
  try {
    await program.parseAsync([...argv]);
  } catch (thrown) {
    tellError(thrown);
    process.exit(1);
  }
}
