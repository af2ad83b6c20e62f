import { setTimeout as sleep } from "node:timers/promises";
import type { CollectorStatus, Context } from "./context.ts";

const STARTING_MS = 5_000;
const POLL_MS = 50;

/**
 * The collector's state once it has one, waited for up to 5 s: one that is just starting has no address yet, and the usual
 * one need not be its own.
 */
export async function settledCollector({ collector }: Pick<Context, "collector">): Promise<CollectorStatus> {
  const until = Date.now() + STARTING_MS;
  while (collector().state === "starting" && Date.now() < until) await sleep(POLL_MS);
  return collector();
}
