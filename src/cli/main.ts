import { Command } from "commander";
import { version } from "../runtime.ts";
import { addAfterCommands } from "./after-commands.ts";
import { addBudgetCommand } from "./budget-commands.ts";
import { addCollectCommands } from "./collect-commands.ts";
import { addDatasetCommands } from "./dataset-commands.ts";
import { endWithReader } from "./end-with-reader.ts";
import { addEvaluationCommands } from "./evaluation-commands.ts";
import { addOptimizationCommands } from "./optimization-commands.ts";
import { grpcPort, httpPort, project } from "./options.ts";
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

  addEvaluationCommands(program);
  addOptimizationCommands(program);
  addAfterCommands(program);
  addDatasetCommands(program);
  addBudgetCommand(program);

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
