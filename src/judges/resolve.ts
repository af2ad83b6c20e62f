import type { z } from "zod";
import { parseArguments } from "../arguments.ts";
import { hashOf } from "../canonical.ts";
import { invalidInput } from "../errors.ts";
import type { Json } from "../model/json.ts";
import { type JudgeLevel, JudgeSpec, type ResolvedJudge } from "../model/judge.ts";
import { nearMatch } from "../near-match.ts";
import { promptText } from "../prompts.ts";
import { findBuiltin } from "./catalogue.ts";
import type { CodeJudge, ModelJudge, Surroundings } from "./definition.ts";
import { judgeParams } from "./model/define.ts";
import { checkBuiltinSpec, levelOf, parseParams, unknownJudge } from "./resolve-builtin.ts";
import { resolveCustom } from "./resolve-custom.ts";

export interface ResolveOptions extends Surroundings {
  /** Endpoint of model judges that name none; null: the attached assistant answers. */
  readonly defaultModel: string | null;
  /** Names of the endpoints that there are; null: not known here, so that any name is taken. */
  readonly models: readonly string[] | null;
}

type Fields = Omit<ResolvedJudge, "name" | "version" | "hash">;

const hashed = (name: string, version: number | null, fields: Fields, pinned: Json): ResolvedJudge => ({
  name,
  version,
  ...fields,
  hash: hashOf({ ...fields, pinned }),
});

async function resolveCode(
  judge: CodeJudge,
  spec: JudgeSpec,
  version: number | null,
  options: ResolveOptions,
): Promise<ResolvedJudge> {
  checkBuiltinSpec(judge, spec);
  const params = parseParams(judge.params, spec.params, judge.name);
  const outside = (await judge.prepare?.(params, options)) ?? null;
  const isTurned = spec.negate && !judge.bounded;
  const fields: Fields = {
    kind: "code",
    level: levelOf(judge, spec.level),
    builtin: judge.name,
    params,
    instructions: null,
    labels: [],
    // A bounded judge's values are turned instead.
    goal: isTurned === (judge.goal === "higher") ? "lower" : "higher",
    bounded: judge.bounded,
    threshold: spec.threshold ?? judge.threshold,
    negate: spec.negate,
    ...applicability(spec),
    model: null,
  };
  return hashed(spec.name, version, fields, { revision: judge.revision, outside });
}

/** Left out where it is not given, so that the hash of judges without it is as it ever was. */
const applicability = ({
  whenExpected,
}: Pick<JudgeSpec, "whenExpected">): Pick<ResolvedJudge, "whenExpected"> =>
  whenExpected === undefined ? {} : { whenExpected };

/** As above: of model judges only. */
const examplesIn = ({ examples }: JudgeSpec): Pick<ResolvedJudge, "examples"> =>
  examples === undefined || examples.length === 0 ? {} : { examples };

/** Who answers a model judge. */
function answererOf(spec: JudgeSpec, options: ResolveOptions): Pick<ResolvedJudge, "kind" | "model"> {
  const { model = options.defaultModel } = spec;
  if (model === null) return { kind: "assistant", model: null };
  if (options.models && !options.models.includes(model)) {
    const close = nearMatch(model, options.models);
    throw invalidInput(
      `There is no model endpoint "${model}"${close ? `; did you mean "${close}"?` : ""}`,
      options.models.length === 0
        ? "No endpoint is configured. Leave model out to answer as the assistant."
        : `Configured: ${options.models.join(", ")}.`,
    );
  }
  return { kind: "llm", model };
}

function resolveModel(
  judge: ModelJudge,
  spec: JudgeSpec,
  version: number | null,
  options: ResolveOptions,
): ResolvedJudge {
  checkBuiltinSpec(judge, spec);
  const fields: Fields = {
    ...answererOf(spec, options),
    level: levelOf(judge, spec.level),
    builtin: judge.name,
    params: parseParams(judge.params, spec.params, judge.name),
    instructions: null,
    labels: [...judge.labels],
    goal: "higher",
    bounded: true,
    threshold: spec.threshold ?? judge.threshold,
    negate: spec.negate,
    ...applicability({ whenExpected: judge.whenExpected, ...spec }),
    ...examplesIn(spec),
  };
  return hashed(spec.name, version, fields, {
    rubric: promptText(`judges/${judge.rubric}`),
    frame: frameOf(fields),
    shape: judge.shape,
  });
}

/** What is said around the rubric. */
function frameOf({ kind, level, params }: Fields): string {
  const isModel = kind === "llm";
  const byTools = isModel && params["read"] !== undefined && params["read"] !== "prompt";
  const frames: Partial<Record<JudgeLevel, readonly string[]>> = {
    session: [
      isModel ? "judge" : "judge_task",
      "answer/verdict_turns",
      "judge_part",
      isModel ? "answer/notes" : "answer/notes_task",
    ],
    turn: ["judge_turns", isModel ? "answer/turns" : "answer/turns_task"],
  };
  const frame = frames[level] ?? [isModel ? "judge" : "judge_task"];
  return [...frame, ...(byTools ? ["judge_agent"] : [])].map(promptText).join("\n\n");
}

function resolveOwn(
  spec: JudgeSpec,
  instructions: string,
  version: number | null,
  options: ResolveOptions,
): ResolvedJudge {
  const own = resolveCustom(spec, instructions);
  const fields: Fields = {
    ...answererOf(spec, options),
    level: own.level,
    builtin: null,
    params: parseParams(judgeParams({}), spec.params, spec.name),
    instructions: own.instructions,
    labels: [...own.labels],
    goal: "higher",
    bounded: true,
    threshold: own.threshold,
    negate: spec.negate,
    ...applicability(spec),
    ...examplesIn(spec),
  };
  return hashed(spec.name, version, fields, { frame: frameOf(fields) });
}

/**
 * A judge ready to be used: its defaults filled in and its parameters checked. `hash` is over all that can change its
 * verdicts: built-in with revision, rubric text, instructions, labels, parameters, examples, threshold, negation,
 * level, who answers, when it applies, and a command's program; not its name, description or guideline.
 * @param spec a judge as its author writes it, or the name of a built-in
 * @param version of the saved judge that it is; null when it is none
 * @throws AppError `invalid_input` that says what is wrong and what is allowed.
 */
export async function resolveJudge(
  spec: z.input<typeof JudgeSpec> | string,
  options: ResolveOptions,
  version: number | null = null,
): Promise<ResolvedJudge> {
  const given = typeof spec === "string" ? { name: spec } : spec;
  if (typeof spec === "string" && !findBuiltin(spec)) throw unknownJudge(spec);
  const parsed = parseArguments(JudgeSpec, Object.keys(JudgeSpec.shape), given, "A judge");
  if (parsed.instructions !== undefined) return resolveOwn(parsed, parsed.instructions, version, options);
  const judge = findBuiltin(parsed.builtin ?? parsed.name);
  if (!judge) throw unknownJudge(parsed.builtin ?? parsed.name);
  return judge.kind === "code"
    ? await resolveCode(judge, parsed, version, options)
    : resolveModel(judge, parsed, version, options);
}
