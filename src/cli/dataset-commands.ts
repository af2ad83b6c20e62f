import type { Command } from "commander";
import { project } from "./options.ts";

/** What is kept in versions: `evalwright dataset`, `prompt`, `export-tests` and `import-tests`; their code loads when they run. */
export function addDatasetCommands(program: Command): void {
  program
    .command("dataset")
    .description(
      "list datasets, save NAME FILE (CSV, JSON, JSONL), export one as JSONL, or retire its sealed holdout",
    )
    .argument("<action>", "list, save, export or retire-holdout")
    .argument("[name]", "NAME or NAME@VERSION")
    .argument("[file]", "save: the file whose rows are added")
    .addOption(project())
    .option("--input <column...>", "save: columns that are inputs; default those with a usual name")
    .option(
      "--expectation <column...>",
      "save: columns that are expectations besides those with a usual name",
    )
    .option("--group <column>", "save: examples with the same value are never parted by a split")
    .option("--synthetic", "save: the rows are invented")
    .option("--no-holdout", "save: seal nothing; default from 30 examples on")
    .option("--note <text>", "save: kept with the version")
    .option("--dry-run", "save: show what would be")
    .option("--out <file>", "export to this file; default stdout")
    .option("--yes", "really retire")
    .action(async (action, name, file, options) =>
      (await import("./dataset.ts")).datasetCommand(action, name, file, options),
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
}
