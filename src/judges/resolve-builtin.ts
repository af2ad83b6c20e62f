import { z } from "zod";
import { parseArguments } from "../arguments.ts";
import { invalidInput } from "../errors.ts";
import { Json, type JsonObject } from "../model/json.ts";
import type { JudgeLevel, JudgeSpec } from "../model/judge.ts";
import { builtinNames, suggestBuiltin } from "./catalogue.ts";
import type { BuiltinJudge, CodeJudge, ModelJudge } from "./definition.ts";

/** The error for a name under which there is no judge; `saved` are the names of saved ones. */
export function unknownJudge(name: string, saved: readonly string[] = []) {
  const close = suggestBuiltin(name, saved);
  const listed = [...saved, ...builtinNames()].slice(0, 80).join(", ");
  return invalidInput(
    `There is no judge "${name.slice(0, 80)}"${close === undefined ? "" : `; did you mean "${close}"?`}`,
    `Name one of: ${listed}. Or give instructions, for a judge of your own.`,
  );
}

/** The parameters with their defaults, as JSON. */
export function parseParams(schema: z.ZodObject, params: JsonObject, name: string): JsonObject {
  const parsed = parseArguments(schema, Object.keys(schema.shape), params, `The judge "${name}"`);
  return z.record(z.string(), Json).parse(JSON.parse(JSON.stringify(parsed)));
}

const refuse = (judge: BuiltinJudge, what: string, hint: string) =>
  invalidInput(`The judge "${judge.name}" ${what}`, hint);

function checkCode(judge: CodeJudge, spec: JudgeSpec): void {
  if (spec.model !== undefined)
    throw refuse(judge, "is code and asks no model", "Leave out model, or name a judge that asks one.");
  if (spec.negate && !judge.bounded && spec.threshold === undefined)
    throw refuse(judge, "has no pass to turn around", "Give a threshold with negate, or leave negate out.");
}

function checkThreshold(judge: BuiltinJudge, threshold: number | undefined): void {
  const isBounded = judge.kind === "model" || judge.bounded;
  if (threshold === undefined || !isBounded || (threshold >= 0 && threshold <= 1)) return;
  throw refuse(judge, "gives values from 0 to 1", `A threshold of ${threshold} is outside of them.`);
}

/** Level at which a built-in is used: its own, or another that its question can be asked at. */
export function levelOf(judge: BuiltinJudge, level: JudgeLevel | undefined): JudgeLevel {
  if (level === undefined || level === judge.level) return judge.level;
  const isPair = (one: JudgeLevel) => one === "pair";
  const isPerRetrieval = judge.kind === "model" && judge.shape === "per_retrieval";
  if (isPair(level) || isPair(judge.level) || (isPerRetrieval && (level === "session" || level === "turn")))
    throw refuse(judge, `judges at level ${judge.level}, not ${level}`, "Leave level out.");
  return level;
}

/** @throws AppError `invalid_input` for a spec that contradicts itself or the built-in judge. */
export function checkBuiltinSpec(judge: CodeJudge | ModelJudge, spec: JudgeSpec): void {
  if (spec.labels !== undefined)
    throw refuse(
      judge,
      "has labels of its own",
      "Leave labels out, or give instructions instead of a built-in for a judge of your own.",
    );
  checkThreshold(judge, spec.threshold);
  if (judge.kind === "code") checkCode(judge, spec);
}
