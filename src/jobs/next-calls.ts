import { afterJudging } from "../evaluation/after-judging.ts";
import type { NextCall } from "../model/answer.ts";
import type { Job } from "../model/job.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import { SCHEDULED_JUDGING } from "../model/judge-schedule.ts";

const ENDED = new Set(["done", "failed", "cancelled", "interrupted", "waiting"]);

export const isUnderWay = ({ state }: Job): boolean => !ENDED.has(state);

const textOf = (result: JsonObject, name: string): string | undefined => {
  const value = result[name];
  return typeof value === "string" ? value : undefined;
};

function afterEvaluation(result: JsonObject): NextCall[] {
  const [id, baseline, candidate, primary] = ["evaluation", "baseline", "candidate", "primary"].map((name) =>
    textOf(result, name),
  );
  if (id === undefined) return [];
  if (baseline !== undefined && candidate !== undefined && primary !== undefined)
    return [
      {
        tool: "compare_evaluations",
        arguments: { baseline, candidate, primary },
        why: "the verdict on the pairs that were judged",
      },
    ];
  return [
    {
      tool: "get_record",
      arguments: { kind: "evaluation", id, failing: true },
      why: "estimates with intervals, and the rows that fail",
    },
  ];
}

function afterLabelSample(result: JsonObject): NextCall[] {
  const judge = textOf(result, "judge");
  if (judge === undefined) return [];
  const { sample = 1, labels = "" } = result;
  return [
    {
      tool: "calibrate_judge",
      arguments: { judge, labels, sample },
      why: "when these items have feedback of that name from people",
    },
  ];
}

function afterCalibration(result: JsonObject): NextCall[] {
  const id = textOf(result, "judge");
  return id === undefined
    ? []
    : [{ tool: "get_record", arguments: { kind: "judge", id }, why: "the judge with its newest card" }];
}

function afterAlignment(result: JsonObject): NextCall[] {
  const id = textOf(result, "kept");
  return id === undefined
    ? []
    : [{ tool: "get_record", arguments: { kind: "judge", id }, why: "the judge as it is now" }];
}

function afterOptimization(result: JsonObject): NextCall[] {
  const optimization = textOf(result, "optimization");
  return optimization === undefined
    ? []
    : [
        {
          tool: "finish_optimization",
          arguments: { optimization },
          why: "the one counted look at the holdout, and a proposal",
        },
      ];
}

function afterFinalLook(result: JsonObject): NextCall[] {
  const proposal = textOf(result, "proposal");
  return proposal === undefined
    ? []
    : [
        {
          tool: "get_record",
          arguments: { kind: "proposal", id: proposal },
          why: "the diff with its evidence and limits",
        },
        {
          tool: "apply_proposal",
          arguments: { proposal, dryRun: true },
          why: "what applying it would change",
        },
      ];
}

function afterCensus(result: JsonObject): NextCall[] {
  const id = textOf(result, "census");
  return id === undefined
    ? []
    : [{ tool: "get_record", arguments: { kind: "census", id }, why: "its kinds, counts and examples" }];
}

function afterMatch(result: JsonObject): NextCall[] {
  const match = textOf(result, "match");
  return match === undefined
    ? []
    : [
        {
          tool: "finish_optimization",
          arguments: { optimization: match },
          why: "the one counted look at the holdout: teacher and students",
        },
      ];
}

function afterMatchLook(result: JsonObject): NextCall[] {
  const id = textOf(result, "match");
  return id === undefined
    ? []
    : [
        {
          tool: "get_record",
          arguments: { kind: "optimization", id },
          why: "quality, cost and latency of the teacher and each student",
        },
      ];
}

const AFTER: ReadonlyMap<string, (result: JsonObject) => NextCall[]> = new Map([
  ["label_sample", afterLabelSample],
  ["calibration", afterCalibration],
  ["alignment", afterAlignment],
  ["optimization", afterOptimization],
  ["final_look", afterFinalLook],
  ["census", afterCensus],
  ["match", afterMatch],
  ["match_look", afterMatchLook],
]);

/** What a job's reader will want next: to wait, to answer, or to see what the work came to. */
export function nextCalls(job: Job): NextCall[] {
  if (job.state === "waiting")
    return [{ tool: "get_tasks", arguments: { jobId: job.id }, why: "questions wait for you" }];
  if (job.kind === SCHEDULED_JUDGING) return [];
  if (isUnderWay(job))
    return [{ tool: "get_job", arguments: { jobId: job.id, waitSeconds: 20 }, why: "it is still running" }];
  if (job.state !== "done" || !isJsonObject(job.result)) return [];
  if (job.kind === "judging") return afterJudging(job);
  return (AFTER.get(job.kind) ?? afterEvaluation)(job.result);
}
