import type { Command } from "commander";
import { project, withBudget } from "./options.ts";

/** `evalwright budget`: what all jobs of a project may use; its code loads when it runs. */
export function addBudgetCommand(program: Command): void {
  withBudget(
    program
      .command("budget")
      .description(
        "what all jobs of a project may use together: show, set project|day with limits, clear project|day; no tool changes it",
      )
      .argument("[action]", "show (default), set or clear")
      .argument("[scope]", "project: all that it ever uses; day: each day, UTC")
      .addOption(project()),
    "set",
  )
    .option("--json", "print budgets and what was spent as one line of JSON")
    .action(async (action, scope, options) =>
      (await import("./budget.ts")).budgetCommand(action, scope, options),
    );
}
