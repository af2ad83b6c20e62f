import type { Context } from "../context.ts";
import { llmsOf } from "../evaluation/llms.ts";
import { jobAnswer } from "../jobs/answer.ts";
import { createJob } from "../jobs/create.ts";
import { resumeJob } from "../jobs/resume.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { JsonObject } from "../model/json.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { Budget } from "../model/ledger.ts";
import type { AlignInput } from "./align-input.ts";
import type { CalibrationInput } from "./calibration-input.ts";
import type { LabelNextInput } from "./label-next.ts";
import { type CalibrateJudge, planCalibration } from "./plan.ts";
import { planAlignment } from "./plan-alignment.ts";
import { planLabelNext } from "./plan-label-next.ts";
import { ASKED_AGAIN } from "./repeatability.ts";

export interface StartCalibration extends CalibrateJudge {
  readonly mode: "card" | "label_next" | "align";
  /** label_next: how many items to draw. */
  readonly count: number;
  /** label_next: where these judges differ from the first, more is labelled. */
  readonly beside?: readonly string[] | undefined;
  readonly budget?: Budget | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

const PATIENCE_S = 15;
/** Of an item with its rubric, when nothing is known of it. */
const ASSUMED_CHARS = 8_000;

interface Asking {
  readonly judges: readonly ResolvedJudge[];
  readonly items: number;
  /** Questions of each judge. */
  readonly questions: number;
  readonly about: JsonObject;
}

async function costOf({ judges, items, questions, about }: Asking): Promise<Answer> {
  const models = judges.filter(({ kind }) => kind === "llm");
  const llmOf = await llmsOf(models);
  const content = [{ type: "text" as const, text: "x".repeat(ASSUMED_CHARS) }];
  const estimates = models.map(({ model }) =>
    llmOf(model ?? "").estimate({ messages: [{ role: "user", parts: content }] }),
  );
  const usd = estimates.reduce<number | null>(
    (sum, one) => (sum === null || one.usd === null ? null : sum + one.usd * questions),
    0,
  );
  return {
    data: {
      dryRun: true,
      judges: judges.map(({ name, hash }) => `${name} ${hash.slice(0, 8)}`),
      items,
      callsAtMost: models.length * questions,
      tasksForYou: judges.filter(({ kind }) => kind === "assistant").length * questions,
      tokensAbout: estimates.reduce((sum, { tokens }) => sum + tokens * questions, 0),
      usdAbout: usd ?? "unknown",
      ...about,
    },
  };
}

function costOfCard(plan: CalibrationInput): Promise<Answer> {
  const { judge, items, leftOut, repeats, labels, population } = plan;
  const known = new Set(items.map(({ id }) => id));
  const traffic = population?.ids.filter(({ id }) => !known.has(id)).length ?? 0;
  return costOf({
    judges: [judge],
    items: items.length,
    questions: items.length + traffic + Math.min(ASKED_AGAIN, items.length) * repeats,
    about: {
      independent: new Set(items.map(({ cluster }) => cluster)).size,
      ...(labels.level ? { level: labels.level } : {}),
      ...(population ? { traffic } : {}),
      coverage: { ...leftOut },
    },
  });
}

const costOfSample = ({ judges, frame, matching }: LabelNextInput): Promise<Answer> =>
  costOf({
    judges,
    items: frame.length,
    questions: frame.length,
    about: matching === null ? {} : { matching },
  });

/** The judge as it is on all labels, three changed ones on the training side, and the best of these on the other. */
const costOfAlignment = ({ judge, training, heldOut }: AlignInput): Promise<Answer> =>
  costOf({
    judges: [judge],
    items: training.length + heldOut.length,
    questions:
      training.length + 2 * heldOut.length + (judge.kind === "assistant" ? 0 : 3 * training.length) + 1,
    about: { training: training.length, heldOut: heldOut.length },
  });

type Planning = Pick<Context, "store" | "project" | "now">;

/** A draw by verdicts begins with the verdicts: where the assistant gives them, all are its to give. */
const asksFirst = ({ judges, frame, count }: LabelNextInput): { readonly says?: string } => {
  const own = judges.filter(({ kind }) => kind === "assistant").length;
  return own === 0
    ? {}
    : {
        says: `${frame.length * own} verdicts are asked of you before ${Math.min(count, frame.length)} items are drawn for people to label: the draw goes by verdicts. A smaller limit, or a filter, asks for fewer (manage_job with cancel ends this one)`,
      };
};

/** What a call would take, without asking anything. */
export async function preview(context: Planning, input: StartCalibration): Promise<Answer> {
  if (input.mode === "align") return costOfAlignment(await planAlignment(context, input));
  if (input.mode === "label_next") {
    const plan = await planLabelNext(context, input);
    const { data } = await costOfSample(plan.input);
    return { data: { ...data, ...asksFirst(plan.input) }, omitted: plan.omitted };
  }
  const plan = await planCalibration(context, input);
  return { ...(await costOfCard(plan.input)), omitted: plan.omitted };
}

const KINDS = { card: "calibration", label_next: "label_sample", align: "alignment" } as const;

const planOf = async (context: Planning, input: StartCalibration) => {
  if (input.mode === "align") return { input: await planAlignment(context, input), omitted: [] };
  return input.mode === "label_next" ? planLabelNext(context, input) : planCalibration(context, input);
};

/** Creates the job of a calibration, without starting it. */
export async function createCalibration(
  context: Planning,
  input: StartCalibration,
): Promise<{
  readonly jobId: string;
  readonly state: string;
  readonly omitted: readonly Omission[];
  readonly says?: string;
}> {
  const plan = await planOf(context, input);
  const kind = KINDS[input.mode];
  const job = await createJob(
    context,
    { kind, input: plan.input, unit: "items", keysOf: "calibrate" },
    input,
  );
  const about = "frame" in plan.input ? asksFirst(plan.input) : {};
  return { jobId: job.id, state: job.state, omitted: plan.omitted, ...about };
}

/** calibrate_judge: a job that outlives this process; short ones answer at once. */
export async function startCalibration(context: Context, input: StartCalibration): Promise<Answer> {
  if (input.dryRun) return preview(context, input);
  const { jobId, state, omitted, says } = await createCalibration(context, input);
  if (state === "queued" || state === "interrupted") await resumeJob(context, jobId);
  const answer = await jobAnswer(context, jobId, PATIENCE_S);
  return { ...answer, data: { ...answer.data, ...(says === undefined ? {} : { says }) }, omitted };
}
