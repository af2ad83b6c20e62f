import { randomUUID } from "node:crypto";
import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import { findDataset } from "../datasets/find.ts";
import { AppError, invalidInput } from "../errors.ts";
import { type JudgeRef, judgesFor } from "../judges/judges-for.ts";
import { judgeSurroundings } from "../judges/save.ts";
import type { EvaluationSetup, TargetRef } from "../model/evaluation.ts";
import type { DatasetVersion, Split } from "../model/example.ts";
import { workingFolder } from "../project.ts";
import { permitted } from "../targets/permission.ts";
import { checkReplaced } from "../targets/prompt.ts";
import { findRepository, type Repository } from "../targets/repository.ts";
import { findEvaluation, summaryOf } from "./find.ts";
import type { EvaluationJobInput, RunSource } from "./job-input.ts";
import { matchByTag } from "./match-by-tag.ts";
import { openCode, pinned } from "./open-code.ts";
import { upstreamsOf } from "./open-meter.ts";
import { type PlannedPrompts, planPrompts } from "./plan-prompts.ts";

export interface RunEvaluation {
  readonly dataset: string;
  /** Path of a target file, or `recorded`. Absent with `reuse`. */
  readonly target?: string | undefined;
  readonly gitRef?: string | undefined;
  readonly judges: readonly JudgeRef[];
  readonly primary?: string | undefined;
  readonly repeats: number;
  readonly splits?: readonly Exclude<Split, "holdout">[] | undefined;
  /** Versions of the registry that the target is given instead of its own texts, by its names of them. */
  readonly prompts?: Readonly<Record<string, string>> | undefined;
  readonly reuse?: string | undefined;
  /** Recorded: which sessions, and the tag that says which example each is of. Without them, the examples' own origins. */
  readonly recordedFilter?: string | undefined;
  readonly matchTag?: string | undefined;
  readonly allowRealSideEffects: boolean;
  readonly note?: string | undefined;
}

type Planning = Pick<Context, "store" | "project" | "now" | "allowCommands">;

/** Of a target that is what already happened. */
export const NOTHING_RUNS = {
  configHash: "",
  environmentHash: null,
  treeHash: null,
  commit: null,
  dirty: false,
  gitRef: null,
  changed: false,
};

interface Source {
  readonly source: RunSource;
  readonly target: TargetRef;
  readonly prompts?: PlannedPrompts;
}

async function fileSource(
  context: Planning,
  repository: Repository,
  input: RunEvaluation,
  replaced: readonly string[],
): Promise<Source> {
  const path = input.target ?? "";
  await using code = await openCode(repository, path, input.gitRef ?? null);
  if (code.spec.kind === "recorded")
    throw invalidInput(
      "A recorded target runs nothing",
      'Use target "recorded" with recordedFilter and matchTag instead of the file.',
    );
  if (code.spec.kind === "prompt") checkReplaced(code.spec, replaced);
  const { allowRealSideEffects } = input;
  const { allowCommands } = context;
  const spec = permitted(code.spec, { allowCommands, allowRealSideEffects });
  await upstreamsOf(spec);
  return {
    source: {
      kind: "file",
      path: code.path,
      gitRef: input.gitRef ?? null,
      specFrom: code.specFrom,
      ...(spec.kind === "prompt" ? { model: spec.model } : {}),
      allowRealSideEffects,
      allowCommands,
    },
    target: {
      kind: spec.kind,
      name: code.path,
      ...pinned(await code.version()),
      gitRef: input.gitRef ?? null,
      changed: false,
    },
  };
}

async function recordedSource(context: Planning, input: RunEvaluation): Promise<Source> {
  const { recordedFilter = "", matchTag } = input;
  const match =
    matchTag === undefined
      ? ({ by: "origin" } as const)
      : await matchByTag(context, { filter: recordedFilter, tag: matchTag });
  if (matchTag === undefined && recordedFilter !== "")
    throw invalidInput("recordedFilter needs matchTag", "Say which tag of the sessions names the example.");
  const name =
    matchTag === undefined ? "recorded" : `recorded: ${recordedFilter || "all sessions"} by ${matchTag}`;
  return {
    source: { kind: "recorded", match },
    target: { kind: "recorded", name, ...NOTHING_RUNS, configHash: hashOf(match) },
  };
}

async function reuseSource(context: Planning, id: string, dataset: DatasetVersion): Promise<Source> {
  const earlier = await findEvaluation(context, id);
  summaryOf(earlier);
  if (earlier.setup.pair)
    throw invalidInput(
      `${id} is a judging of pairs and has no runs of its own`,
      `Reuse ${earlier.setup.pair.candidate}.`,
    );
  if (earlier.setup.dataset.hash !== dataset.hash)
    throw new AppError("refused", `Evaluation ${id} was of another dataset version`, {
      hint: `Use dataset ${earlier.setup.dataset.name}@${earlier.setup.dataset.version}.`,
    });
  return {
    source: { kind: "reuse", evaluationId: earlier.setup.reuse ?? earlier.id },
    target: earlier.setup.target,
    prompts: { references: earlier.setup.prompts, texts: {} },
  };
}

async function sourceOf(
  context: Planning,
  input: RunEvaluation,
  repository: Repository,
  dataset: DatasetVersion,
): Promise<Source> {
  if (
    Object.keys(input.prompts ?? {}).length > 0 &&
    (input.reuse !== undefined || input.target === "recorded")
  )
    throw invalidInput(
      "prompts are given to a target that runs",
      "What was recorded, or is reused, ran with the prompts that it had.",
    );
  if (input.reuse !== undefined) {
    if (input.target !== undefined) throw invalidInput("Give target or reuse, not both");
    return reuseSource(context, input.reuse, dataset);
  }
  if (input.target === undefined)
    throw invalidInput(
      "A target is needed",
      'Give the path of a target file, "recorded" for what already happened, or reuse an earlier evaluation.',
    );
  if (input.target === "recorded") return recordedSource(context, input);
  const prompts = await planPrompts(context, input.prompts ?? {});
  return { ...(await fileSource(context, repository, input, Object.keys(prompts.texts))), prompts };
}

export const newEvaluationId = (): string => `ev-${randomUUID().slice(0, 8)}`;

/**
 * Everything that an evaluation needs, resolved and pinned before anything is spent.
 * @throws AppError that says what is wrong with the dataset, the target or a judge.
 */
export async function planEvaluation(context: Planning, input: RunEvaluation): Promise<EvaluationJobInput> {
  const dataset = await findDataset(context, input.dataset);
  const repository = await findRepository(workingFolder());
  const surroundings = await judgeSurroundings(repository.root);
  const judges = await judgesFor(
    context.store.records.versions,
    context.project.id,
    input.judges,
    surroundings,
  );
  const pair = judges.find(({ level }) => level === "pair");
  if (pair)
    throw invalidInput(
      `Judge ${pair.name} compares two answers`,
      "Leave it out here; run_judges with baseline and candidate asks it about the answers of two evaluations.",
    );
  const primary = input.primary ?? judges[0]?.name ?? "";
  if (!judges.some(({ name }) => name === primary))
    throw invalidInput(
      `primary "${primary.slice(0, 80)}" is none of the judges`,
      `Judges: ${judges.map(({ name }) => name).join(", ")}.`,
    );
  const splits: Split[] = [...(input.splits ?? (["train", "validation"] as const))];
  const { source, target, prompts } = await sourceOf(context, input, repository, dataset);
  const setup: EvaluationSetup = {
    dataset: { name: dataset.name, version: dataset.version, hash: dataset.hash },
    splits,
    target,
    judges: [...judges],
    primary,
    repeats: input.repeats,
    seed: `${dataset.hash}`,
    prompts: prompts?.references ?? {},
    reuse: input.reuse ?? null,
    pair: null,
  };
  return {
    evaluationId: newEvaluationId(),
    note: input.note ?? null,
    repository: repository.root,
    setup,
    source,
    prompts: prompts?.texts ?? {},
  };
}
