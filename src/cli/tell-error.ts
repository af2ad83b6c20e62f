import { asAppError } from "../arguments.ts";

/** One line on stderr; under a defect of ours where it is, too. */
export function tellError(thrown: unknown): void {
  const error = asAppError(thrown);
  const cause = error.code === "internal" && error.cause instanceof Error ? `\n${error.cause.stack}` : "";
  process.stderr.write(`${error.describe()}${cause}\n`);
}
