import { type Command, Option } from "commander";
import { grpcPort, httpPort, positive, project } from "./options.ts";

/** What says which judges look at what comes in. */
const addScheduleOptions = (command: Command): Command =>
  command
    .addOption(project())
    .option("--judge <name=rate...>", "judge this share of the project's traffic, e.g. relevance=0.1")
    .option("--judge-budget <limit...>", "at most so much a day (UTC), e.g. 500calls 2usd; default 1000calls")
    .option(
      "--judge-total <limit...>",
      "at most so much over all days and schedules of the project, e.g. 50usd; default no limit",
    )
    .addOption(
      new Option("--judge-level <level>", "what is judged; default what each judge is made for").choices([
        "traces",
        "sessions",
      ]),
    )
    .option(
      "--judge-quiet <seconds>",
      "a trace without new spans for so long is judged (default 10)",
      positive,
    )
    .option("--judge-session-quiet <seconds>", "the same for sessions (default 600)", positive)
    .option("--judge-max-age <hours>", "what ended earlier is counted and left out (default 24)", positive);

/** Receiving, and judging what comes in. */
export function addCollectCommands(program: Command): void {
  const collect = program
    .command("collect")
    .description("receive traces (OTLP over HTTP and gRPC) until stopped, without an MCP client")
    .addOption(httpPort())
    .addOption(grpcPort())
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--allow-origin <origin...>", "origins of web pages that may send, for /v1/feedback")
    .option("--allow-host <name...>", "names in the Host header besides loopback, e.g. host.docker.internal")
    .option("--max-body-mb <n>", "largest request after decompression, in MiB", Number);
  addScheduleOptions(collect).action(async (options) => (await import("./collect.ts")).collect(options));

  addScheduleOptions(
    program
      .command("judge-schedule")
      .description(
        "judge a share of what comes in while `evalwright collect` runs: set, show, or off; verdicts become feedback",
      )
      .argument("<action>", "set, show or off"),
  )
    .option("--json", "show: as one line of JSON")
    .action(async (action, options) =>
      (await import("./judge-schedule.ts")).judgeScheduleCommand(action, options),
    );
}
