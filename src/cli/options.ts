import { type Command, InvalidArgumentError, Option } from "commander";

export const port = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError("A port is a whole number from 0 to 65535.");
};

export const positive = (text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("A number above 0 is needed.");
};

export const count = (text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("A whole number above 0 is needed.");
};

export const project = () => new Option("-p, --project <id>", "project; default: that of the current folder");

/** The options that `budgetOf` reads. */
export const withBudget = (command: Command, budget: string): Command =>
  command
    .option("--max-calls <n>", `${budget}: calls`, count)
    .option("--max-llm-tokens <n>", `${budget}: tokens of models`, count)
    .option("--max-usd <n>", `${budget}: US dollars`, positive)
    .option("--max-minutes <n>", `${budget}: minutes`, positive);

export const resume = () => new Option("--resume <job>", "go on with a job that did not end");
export const retryFailed = () => new Option("--retry-failed", "with --resume: ask again what failed");

export const httpPort = () =>
  new Option("--http-port <port>", "OTLP over HTTP (default 4318)").argParser(port);
export const grpcPort = () =>
  new Option("--grpc-port <port>", "OTLP over gRPC (default 4317)").argParser(port);
