import { asAppError } from "../arguments.ts";
import { pricesFile } from "../home.ts";
import { createPricer, type Pricer } from "./prices.ts";

/**
 * A pricer with the user's own prices, if there are any. Telemetry must not be lost over a price: with a broken file
 * the bundled prices are used and `warn` is told what is wrong with it.
 */
export function createUserPricer(warn: (problem: string) => void): Pricer {
  const overrideFile = pricesFile();
  if (overrideFile === undefined) return createPricer();
  try {
    return createPricer({ overrideFile });
  } catch (error) {
    warn(asAppError(error).describe());
    return createPricer();
  }
}
