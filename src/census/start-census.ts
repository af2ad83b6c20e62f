import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import { jobAnswer } from "../jobs/answer.ts";
import { createJob } from "../jobs/create.ts";
import { resumeJob } from "../jobs/resume.ts";
import type { Answer, Omission } from "../model/answer.ts";
import type { Filter } from "../model/filter.ts";
import { isJsonObject } from "../model/json.ts";
import type { Budget } from "../model/ledger.ts";
import { workingFolder } from "../project.ts";
import { sealedOmission } from "../reading/sealed.ts";
import { findRepository } from "../targets/repository.ts";
import type { CensusInput } from "./census-input.ts";
import { drawUnits } from "./draw.ts";
import { findCensus } from "./find-census.ts";
import { readFrame } from "./frame.ts";
import { noteJudge } from "./note-judge.ts";
import { outcomeJudge } from "./outcome-judge.ts";
import { censusAnswer } from "./show.ts";
import { signals } from "./signals/index.ts";

export interface StartCensus {
  readonly filter?: string | undefined;
  readonly level: "traces" | "sessions";
  /** Looked at: all that match, or so many of them drawn by strata. */
  readonly limit: number;
  /** Feedback that says how it went; default all that people gave. */
  readonly outcome?: string | undefined;
  /** A numeric outcome of this or more is no failure. */
  readonly passFrom?: number | undefined;
  /** Units of which a model or the assistant writes what went wrong; 0: signals only. */
  readonly notes: number;
  readonly budget?: Budget | undefined;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

type Planning = Pick<Context, "store" | "project" | "now">;

const PATIENCE_S = 15;

interface Plan {
  readonly input: CensusInput;
  readonly omitted: readonly Omission[];
}

/** @throws AppError `invalid_input` for a name under which nothing was ever said: every gain would be unknown. */
async function requireOutcome({ store, project }: Planning, name: string): Promise<void> {
  const field = { name: "feedback", key: name };
  const filter: Filter = { type: "compare", field, op: "is not null", values: [] };
  const query = { projectId: project.id, filter, order: "newest" as const, limit: 1 };
  const [sessions, traces] = await Promise.all([
    store.traces.searchSessions(query),
    store.traces.searchTraces(query),
  ]);
  if (sessions.items.length + traces.items.length === 0)
    throw invalidInput(
      `No feedback is named "${name.slice(0, 80)}"`,
      "summarize_traces lists the names of feedback; without outcome all that people said counts.",
    );
}

async function planCensus(context: Planning, input: StartCensus): Promise<Plan> {
  const filter = input.filter?.trim() ? input.filter : null;
  const frame = await readFrame(context, filter, input.level);
  if (frame.units.length === 0)
    throw invalidInput(
      `No ${input.level} match`,
      "search_traces with the same filter shows where data is; or widen the filter.",
    );
  if (input.outcome !== undefined) await requireOutcome(context, input.outcome);
  const { strata, units } = drawUnits(frame.units, input.limit, context.project.id);
  const notes = Math.min(input.notes, units.length);
  const { root } = await findRepository(workingFolder());
  return {
    input: {
      level: input.level,
      filter,
      outcome: input.outcome ?? null,
      passFrom: input.passFrom ?? null,
      ...(await outcomeJudge(context, input.outcome)),
      matching: frame.matching,
      frame: frame.units.length,
      strata: [...strata],
      units: units.map((unit) => ({ ...unit })),
      notes,
      judge: notes === 0 ? null : await noteJudge(input.level),
      repository: root,
      fences: { ...frame.fences },
    },
    omitted: [...frame.omitted, ...(await sealedOmission(context, input.level))],
  };
}

function dryRun({ input, omitted }: Plan): Answer {
  return {
    data: {
      dryRun: true,
      of: input.frame,
      lookAt: input.units.length,
      notes: input.notes,
      ...(input.judge ? { notesBy: input.judge.model ?? "you, as tasks" } : {}),
      strata: {
        columns: ["stratum", "size", "drawn"],
        rows: input.strata.map(({ name, size, drawn }) => [name, size, drawn]),
      },
      signals: {
        columns: ["signal", "layer", "definition"],
        rows: signals.map(({ name, layer, definition }) => [name, layer, definition]),
      },
    },
    omitted,
  };
}

/** Creates the job of a census, without starting it. */
export async function createCensus(
  context: Planning,
  input: StartCensus,
): Promise<{ readonly jobId: string; readonly state: string; readonly omitted: readonly Omission[] }> {
  const plan = await planCensus(context, input);
  const job = await createJob(context, { kind: "census", input: plan.input, unit: input.level }, input);
  return { jobId: job.id, state: job.state, omitted: plan.omitted };
}

/** The census of a job that is done or waits for answers, as far as it is; undefined before. */
export async function censusOfJob(
  context: Pick<Context, "store" | "project" | "log">,
  jobId: string,
  omitted: readonly Omission[],
): Promise<Answer | undefined> {
  const job = await context.store.records.jobs.get(context.project.id, jobId);
  const result = job && isJsonObject(job.result) ? job.result : {};
  const { census, questions = null } = result;
  if (typeof census !== "string" || (job?.state !== "done" && job?.state !== "waiting")) return undefined;
  const {
    data,
    next = [],
    ...rest
  } = await censusAnswer(context, await findCensus(context, census), undefined, omitted);
  if (job.state === "done") return { data, next, ...rest };
  return {
    ...rest,
    data: { ...data, jobId, state: job.state, questions, notesYet: "none: they wait for your answers" },
    next: [
      {
        tool: "get_tasks",
        arguments: { jobId },
        why: "what went wrong in some of these: kinds beyond the signals",
      },
      ...next,
    ],
  };
}

/** find_issues: a job that outlives this process; a short one answers with its census at once. */
export async function startCensus(context: Context, input: StartCensus): Promise<Answer> {
  if (input.dryRun) return dryRun(await planCensus(context, input));
  const { jobId, state, omitted } = await createCensus(context, input);
  if (state === "queued" || state === "interrupted") await resumeJob(context, jobId);
  const answer = await jobAnswer(context, jobId, PATIENCE_S);
  return (await censusOfJob(context, jobId, omitted)) ?? { ...answer, omitted };
}
