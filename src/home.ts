import { createHash } from "node:crypto";
import { existsSync, mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import envPaths from "env-paths";
import { AppError, invalidInput } from "./errors.ts";

/** Folder of the store and of the logs: EVALWRIGHT_HOME, else the user's data folder (XDG on Linux). */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env["EVALWRIGHT_HOME"];
  return configured && configured.trim() !== "" ? configured : envPaths("evalwright", { suffix: "" }).data;
}

/**
 * The file of the default store; its folder is made when missing, readable by its owner only.
 * @throws AppError `unavailable` when the folder cannot be made.
 */
export function storeLocation(env: NodeJS.ProcessEnv = process.env): string {
  const folder = homeFolder(env);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new AppError("unavailable", "The data folder cannot be made or opened", {
      hint: "Set EVALWRIGHT_HOME to a folder that you can write to.",
      cause,
    });
  }
  return join(realpathSync(folder), "evalwright.db");
}

/** Names a store to other processes without telling its path: two receivers of one store have the same id. */
export const storeId = (location: string): string =>
  createHash("sha256").update(location).digest("hex").slice(0, 16);

/**
 * The user's own prices, in LiteLLM's model_prices_and_context_window.json format: EVALWRIGHT_PRICES, else
 * prices.json in the data folder when it is there.
 */
export function pricesFile(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const configured = env["EVALWRIGHT_PRICES"];
  if (configured) return configured;
  const usual = join(homeFolder(env), "prices.json");
  return existsSync(usual) ? usual : undefined;
}

/**
 * The user's model endpoints: EVALWRIGHT_MODELS, else models.yaml or models.json in the data folder when it is there.
 * @throws AppError `invalid_input` when both are there.
 */
export function modelsFile(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const configured = env["EVALWRIGHT_MODELS"];
  if (configured) return configured;
  const usual = ["models.yaml", "models.json"]
    .map((name) => join(homeFolder(env), name))
    .filter((file) => existsSync(file));
  if (usual.length > 1)
    throw invalidInput(
      "The data folder has both models.yaml and models.json",
      "Keep one of them, or name the one to use in EVALWRIGHT_MODELS.",
    );
  return usual[0];
}
