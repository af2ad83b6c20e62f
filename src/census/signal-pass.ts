import { hashOf } from "../canonical.ts";
import { forEachConcurrent } from "../for-each.ts";
import type { JobTools } from "../jobs/runner.ts";
import type { Assessment } from "../model/assessment.ts";
import type { Census, IssueKind } from "../model/census.ts";
import { issueFeedbackName } from "../model/issue-feedback.ts";
import type { Job } from "../model/job.ts";
import type { CensusInput } from "./census-input.ts";
import { readConversation } from "./conversation.ts";
import { issueFeedback, markOf } from "./mark-members.ts";
import { OUTCOME_SIGNAL, powerOf } from "./power.ts";
import { outcomeOf } from "./read-outcome.ts";
import type { Signal } from "./signal.ts";
import { SIGNALS_REVISION, signals } from "./signals/index.ts";

/** Conversations in memory at a time. */
const AT_ONCE = 4;
const FEEDBACK_AT_ONCE = 200;

/** What is kept of one unit: numbers. */
interface Seen {
  outcome: -1 | 0 | 1;
  gone: boolean;
  leftOut: number;
  /** Hits by signal, in the order of `used`. */
  hits: number[];
  strengths: (number | null)[];
}

const NOT_SEEN: Seen = { outcome: -1, gone: true, leftOut: 0, hits: [], strengths: [] };

const usedSignals = (level: CensusInput["level"]): readonly Signal[] =>
  signals.filter(({ sessionsOnly }) => level === "sessions" || !sessionsOnly);

/** Gathers feedback and writes it in batches, so that little is held. */
function feedbackWriter({ store }: JobTools, projectId: string) {
  let waiting: Assessment[] = [];
  let writing: Promise<unknown> = Promise.resolve();
  const flush = () => {
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) writing = writing.then(() => store.traces.addAssessments(projectId, batch));
    return writing;
  };
  return {
    async add(items: readonly Assessment[]): Promise<void> {
      waiting.push(...items);
      if (waiting.length >= FEEDBACK_AT_ONCE) await flush();
    },
    flush,
  };
}

async function lookAt(
  job: Job,
  tools: JobTools,
  input: CensusInput,
  used: readonly Signal[],
  id: string,
): Promise<{ readonly seen: Seen; readonly feedback: readonly Assessment[] }> {
  const where = input.level === "sessions" ? { sessionId: id } : { traceId: id };
  // A holdout may have been drawn since the job was planned.
  if (await tools.store.records.datasets.isSealed(job.projectId, where))
    return { seen: NOT_SEEN, feedback: [] };
  const conversation = await readConversation(tools.store.traces, job.projectId, input.level, id);
  if (!conversation) return { seen: NOT_SEEN, feedback: [] };
  const found = used.map((signal) => ({ signal, hits: signal.find(conversation, input.fences) }));
  const marks = found.flatMap(({ signal, hits }) =>
    hits.length >= signal.least ? [markOf(signal.name, hits)] : [],
  );
  const judged = new Set(used.map(({ name }) => issueFeedbackName(name)));
  return {
    seen: {
      outcome: outcomeOf(conversation.assessments, {
        name: input.outcome,
        passFrom: input.passFrom ?? undefined,
        passes: input.outcomePasses,
      }),
      gone: false,
      leftOut: conversation.leftOut,
      hits: found.map(({ hits }) => hits.length),
      strengths: found.map(({ signal, hits }) =>
        signal.measure ? signal.measure(conversation) : hits.length,
      ),
    },
    feedback: issueFeedback(
      { level: input.level, id, assessments: conversation.assessments },
      marks,
      judged,
      { jobId: job.id, nowUs: job.createdUs },
    ),
  };
}

function kindsOf(used: readonly Signal[], seen: readonly Seen[]): IssueKind[] {
  return used.flatMap(({ name, definition, layer, least }, s) => {
    const members = seen.flatMap(({ hits }, i) => ((hits[s] ?? 0) >= least ? [i] : []));
    return members.length === 0
      ? []
      : [{ id: name, name: name.replaceAll("_", " "), definition, layer, by: "signal" as const, members }];
  });
}

/** `is-1a2b3c4d`: of the job that made it. */
export const censusId = (jobId: string): string => `is-${hashOf(jobId).slice(0, 8)}`;

function censusOf(job: Job, input: CensusInput, used: readonly Signal[], seen: readonly Seen[]): Census {
  const there = seen.flatMap(({ gone }, i) => (gone ? [] : [i]));
  const unitAt = (i: number) => input.units[i] ?? { id: "", stratum: 0, cluster: "" };
  const kept = there.map((i) => seen[i] ?? NOT_SEEN);
  return {
    id: censusId(job.id),
    createdUs: job.createdUs,
    level: input.level,
    filter: input.filter,
    revision: SIGNALS_REVISION,
    matching: input.matching,
    frame: input.frame,
    strata: input.strata.map((stratum, s) => ({
      ...stratum,
      drawn: there.filter((i) => unitAt(i).stratum === s).length,
    })),
    units: {
      ids: there.map((i) => unitAt(i).id),
      stratum: there.map((i) => unitAt(i).stratum),
      cluster: there.map((i) => unitAt(i).cluster),
      outcome: kept.map(({ outcome }) => outcome),
    },
    outcome: input.outcome,
    outcomeBy: input.outcomeBy,
    power: powerOf(
      used.flatMap(({ name: signal }, s) =>
        signal === OUTCOME_SIGNAL
          ? []
          : [{ signal, values: kept.map(({ strengths }) => strengths[s] ?? null) }],
      ),
      kept.map(({ outcome }) => outcome),
    ),
    fences: input.fences,
    kinds: kindsOf(used, kept),
    noted: null,
    gone: seen.length - kept.length,
    rowsLeftOut: kept.reduce((sum, { leftOut }) => sum + leftOut, 0),
    edits: [],
  };
}

/** Signals over the units that were drawn: members marked by feedback, kinds with their members. */
export async function signalPass(job: Job, tools: JobTools, input: CensusInput): Promise<Census> {
  const used = usedSignals(input.level);
  const seen: Seen[] = input.units.map(() => NOT_SEEN);
  const writer = feedbackWriter(tools, job.projectId);
  let done = 0;
  await forEachConcurrent(input.units.entries(), AT_ONCE, async ([i, { id }]) => {
    tools.signal.throwIfAborted();
    const looked = await lookAt(job, tools, input, used, id);
    seen[i] = looked.seen;
    await writer.add(looked.feedback);
    done += 1;
    tools.progress(done, input.units.length + input.notes);
  });
  await writer.flush();
  return censusOf(job, input, used, seen);
}
