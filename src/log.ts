import { type Logger, pino } from "pino";

/**
 * The process's log: to the file EVALWRIGHT_LOG_FILE, else to stderr; level EVALWRIGHT_LOG_LEVEL (default
 * `usualLevel`: commands that a person runs report errors themselves).
 * Never stdout, which belongs to JSON-RPC. What is logged: words of ours, ids, counts; never environment values,
 * keys, header values or text from traces.
 */
export function createLog(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
  usualLevel: "warn" | "error" = "warn",
): Logger {
  const level = env["EVALWRIGHT_LOG_LEVEL"] ?? usualLevel;
  const known = ["trace", "debug", "info", "warn", "error", "fatal", "silent"].includes(level);
  const file = env["EVALWRIGHT_LOG_FILE"];
  const destination = pino.destination({ dest: file ? file : 2, sync: true, mkdir: true, append: true });
  return pino({ name, level: known ? level : usualLevel, base: { pid: process.pid } }, destination);
}
