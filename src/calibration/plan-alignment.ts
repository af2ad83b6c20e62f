import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { drawn } from "../evaluation/find-items.ts";
import { JudgeSpec, type ResolvedJudge } from "../model/judge.ts";
import { hashRandom } from "../statistics/random.ts";
import type { AlignInput } from "./align-input.ts";
import type { LabelledItem } from "./labelled-item.ts";
import { findLabels } from "./labels.ts";
import { type CalibrateJudge, judgeOf, labelQueryOf, requireLabels } from "./plan.ts";

type Planning = Pick<Context, "store" | "project" | "now">;

/** Of each side: fewer cannot show that anything is better. */
const LEAST = 8;

/** What the next version is written from: the saved judge, else the built-in under a name of its own. */
async function specOf({ store, project }: Planning, { name, version, builtin }: ResolvedJudge) {
  const saved =
    version === null ? undefined : await store.records.versions.get(project.id, "judge", name, version);
  return saved
    ? JudgeSpec.parse(saved.body)
    : JudgeSpec.parse({ name: `${name}_aligned`, builtin: builtin ?? name });
}

/** By a hash of the group: a label is on the same side in every alignment, and no group is on both. */
const isTraining = (projectId: string, { cluster }: LabelledItem): boolean =>
  hashRandom(projectId, `align:${cluster}`, 0) < 0.5;

/**
 * An alignment, resolved and pinned before anything is spent.
 * @throws AppError `invalid_input` for a judge that asks nobody, and where labels are too few to learn and to check.
 */
export async function planAlignment(context: Planning, input: CalibrateJudge): Promise<AlignInput> {
  const { judge, repository } = await judgeOf(context, input.judge);
  if (judge.kind === "code" || judge.level === "pair")
    throw invalidInput(
      `Judge ${judge.name} has no rubric that could be aligned`,
      "Name a model judge of single items.",
    );
  const query = await labelQueryOf(context, judge, { ...input, sample: undefined });
  const found = await findLabels(context, judge, query);
  await requireLabels(context, judge, found, query);
  const items = drawn(found.items, input.limit, context.project.id, "calibration");
  const training = items.filter((item) => isTraining(context.project.id, item));
  const heldOut = items.filter((item) => !isTraining(context.project.id, item));
  if (training.length < LEAST || heldOut.length < LEAST)
    throw invalidInput(
      `${training.length} labelled items to learn from and ${heldOut.length} to check on are too few`,
      `Label more: at least ${LEAST} of each are needed, and 50 of each are better.`,
    );
  return {
    judge,
    spec: await specOf(context, judge),
    labels: { ...query, level: found.level },
    training,
    heldOut,
    repository,
  };
}
