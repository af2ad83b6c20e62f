import { randomUUID } from "node:crypto";
import { hashOf } from "../../canonical.ts";
import type { Context } from "../../context.ts";
import { findDataset } from "../../datasets/find.ts";
import { readAllExamples } from "../../datasets/merge.ts";
import { AppError, invalidInput } from "../../errors.ts";
import { openCode, pinned } from "../../evaluation/open-code.ts";
import { upstreamsOf } from "../../evaluation/open-meter.ts";
import { type JudgeRef, judgesFor } from "../../judges/judges-for.ts";
import { judgeSurroundings } from "../../judges/save.ts";
import { resolveEndpoint } from "../../llm/endpoints.ts";
import type { Example } from "../../model/example.ts";
import type { ResolvedJudge } from "../../model/judge.ts";
import type { OptimizationSetup, Proposer, SearchSettings } from "../../model/optimization.ts";
import { workingFolder } from "../../project.ts";
import { permitted } from "../../targets/permission.ts";
import { findRepository, type Repository } from "../../targets/repository.ts";
import { commitWorkingTree } from "../../targets/working-tree.ts";
import { watchJudges } from "../watch/judge-sample.ts";
import { findComponents } from "./components.ts";
import type { OptimizationJobInput } from "./job-input.ts";
import { MEASURES } from "./outcome.ts";

export interface PlanOptimization {
  readonly dataset: string;
  readonly target: string;
  /** `[NAME=]PROMPT[@VERSION or @ALIAS]`; NAME is what the target calls it, by default the prompt's own. */
  readonly prompts: readonly string[];
  /** Candidates may be edits of the repository's files. */
  readonly code: boolean;
  readonly judges: readonly JudgeRef[];
  readonly primary?: string | undefined;
  /** Counts as much as the primary one in the search. */
  readonly alongside?: string | undefined;
  readonly objectives: readonly string[];
  readonly proposer: Proposer;
  readonly model?: string | undefined;
  readonly search: SearchSettings;
  /** Asked about live traffic once the proposal is applied. */
  readonly watchJudges?: readonly string[] | undefined;
  readonly seed?: string | undefined;
  readonly allowRealSideEffects: boolean;
  readonly note?: string | undefined;
}

export type Planning = Pick<Context, "store" | "project" | "now" | "allowCommands">;

const LEAST_TRAIN = 1;

async function judgesOf(context: Planning, input: PlanOptimization, repository: Repository) {
  const surroundings = await judgeSurroundings(repository.root);
  const { versions } = context.store.records;
  const judges = await judgesFor(versions, context.project.id, input.judges, surroundings);
  const pair = judges.find(({ level }) => level === "pair");
  if (pair)
    throw invalidInput(`Judge ${pair.name} compares two answers`, "A campaign needs judges of one answer.");
  const primary = judges.find(({ name }) => name === (input.primary ?? judges[0]?.name));
  if (!primary)
    throw invalidInput(
      `primary "${(input.primary ?? "").slice(0, 80)}" is none of the judges`,
      `Judges: ${judges.map(({ name }) => name).join(", ")}.`,
    );
  if (!primary.bounded || primary.goal === "lower")
    throw invalidInput(
      `${primary.name} measures without limits, so it cannot decide`,
      "Give it a threshold (save_judge), or make another judge primary and name this one in objectives.",
    );
  return { judges, primary };
}

function checkObjectives(objectives: readonly string[], judges: readonly ResolvedJudge[]): void {
  const names = [...judges.map(({ name }) => name), ...MEASURES];
  const unknown = objectives.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw invalidInput(`No objective "${unknown.slice(0, 80)}"`, `Objectives: ${names.join(", ")}.`);
}

/** @throws AppError when a reflection model is wanted and none is configured. */
async function modelOf({ proposer, model }: PlanOptimization): Promise<string | null> {
  if (proposer !== "model") return null;
  const endpoint = await resolveEndpoint(model);
  if (endpoint) return endpoint.name;
  throw new AppError("not_found", "No model endpoint is configured to write proposals", {
    hint: 'Use proposer "assistant": you write them, no key is needed. Or set EVALWRIGHT_MODEL, or name endpoints in models.yaml.',
  });
}

const independent = (examples: readonly Example[], split: Example["split"]): number =>
  new Set(examples.filter((example) => example.split === split).map(({ group }) => group)).size;

async function rolesOf(context: Planning, name: string, version: number) {
  const examples = await readAllExamples(context.store, context.project.id, name, version);
  const count = (split: Example["split"]) => examples.filter((example) => example.split === split).length;
  const { retiredUs } = (await findDataset(context, `${name}@${version}`)) ?? { retiredUs: null };
  if (count("train") < LEAST_TRAIN)
    throw new AppError("refused", `Dataset ${name} has no training examples`, {
      hint: "Proposals are learnt from training examples: save more with save_dataset.",
    });
  return {
    counts: {
      train: count("train"),
      validation: count("validation"),
      // An opened holdout can no longer say anything independent.
      holdout: retiredUs === null ? count("holdout") : 0,
    },
    groups: { validation: independent(examples, "validation"), holdout: independent(examples, "holdout") },
  };
}

/** A target file as it is now. @throws AppError for one that cannot be run here. */
export async function planTarget(
  { allowCommands }: Planning,
  input: Pick<PlanOptimization, "target" | "allowRealSideEffects">,
  repository: Repository,
) {
  await using code = await openCode(repository, input.target, null);
  if (code.spec.kind === "recorded")
    throw invalidInput(
      "A recorded target runs nothing",
      "A campaign runs its candidates: name a target file.",
    );
  const { allowRealSideEffects } = input;
  const spec = permitted(code.spec, { allowCommands, allowRealSideEffects });
  await upstreamsOf(spec);
  return {
    path: code.path,
    target: {
      kind: spec.kind,
      name: code.path,
      ...pinned(await code.version()),
      gitRef: null,
      changed: false,
    },
  };
}

const newOptimizationId = (): string => `op-${randomUUID().slice(0, 8)}`;

/** The working tree as a commit, when candidates may be code. */
async function seedCodeOf(
  input: PlanOptimization,
  repository: Repository,
  id: string,
): Promise<string | null> {
  if (!input.code) return null;
  if (input.proposer !== "assistant")
    throw invalidInput("code needs the proposer assistant", "Only it edits the repository's files.");
  return commitWorkingTree(repository, `${id}/seed`, "Seed of an Evalwright campaign");
}

/**
 * Everything that a campaign needs, resolved and pinned before anything is spent.
 * @throws AppError that says what is wrong with the dataset, the target, the texts or the judges.
 */
export async function planOptimization(
  context: Planning,
  input: PlanOptimization,
  isDry: boolean,
): Promise<OptimizationJobInput> {
  const { watchJudges: watching = [] } = input;
  const dataset = await findDataset(context, input.dataset);
  const repository = await findRepository(workingFolder());
  const [{ judges, primary }, { path, target }, components, model, roles] = await Promise.all([
    judgesOf(context, input, repository),
    planTarget(context, input, repository),
    findComponents(context, input.prompts),
    modelOf(input),
    rolesOf(context, dataset.name, dataset.version),
    // What cannot be asked then is better said now.
    watchJudges(context, watching),
  ]);
  checkObjectives(input.objectives, judges);
  if (components.length === 0 && !input.code)
    throw invalidInput(
      "Nothing can be changed",
      "Name prompts of the registry (save_prompt), or set code to let edits of the repository be candidates.",
    );
  const optimizationId = newOptimizationId();
  const setup: OptimizationSetup = {
    dataset: { name: dataset.name, version: dataset.version, hash: dataset.hash },
    examples: roles.counts,
    trainIsValidation: roles.counts.validation === 0,
    target,
    components: [...components],
    judges: [...judges],
    primary: primary.name,
    ...(input.alongside === undefined ? {} : { alongside: input.alongside }),
    objectives: [...input.objectives],
    proposer: input.proposer,
    model,
    search: input.search,
    watchJudges: [...watching],
    seed:
      input.seed ??
      hashOf({ dataset: dataset.hash, components: components.map(({ text }) => text) }).slice(0, 16),
  };
  return {
    optimizationId,
    note: input.note ?? null,
    repository: repository.root,
    setup,
    source: {
      path,
      gitRef: null,
      allowRealSideEffects: input.allowRealSideEffects,
      allowCommands: context.allowCommands,
    },
    seedCode: isDry ? null : await seedCodeOf(input, repository, optimizationId),
  };
}
