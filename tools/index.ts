import type { Tool } from "../src/tool.ts";
import applyProposal from "./apply-proposal.ts";
import calibrateJudge from "./calibrate-judge.ts";
import compareEvaluations from "./compare-evaluations.ts";
import findIssues from "./find-issues.ts";
import finishOptimization from "./finish-optimization.ts";
import getJob from "./get-job.ts";
import getRecord from "./get-record.ts";
import getSession from "./get-session.ts";
import getTasks from "./get-tasks.ts";
import getTrace from "./get-trace.ts";
import importTraces from "./import-traces.ts";
import listRecords from "./list-records.ts";
import manageJob from "./manage-job.ts";
import querySql from "./query-sql.ts";
import recordFeedback from "./record-feedback.ts";
import runEvaluation from "./run-evaluation.ts";
import runJudges from "./run-judges.ts";
import saveDataset from "./save-dataset.ts";
import saveJudge from "./save-judge.ts";
import savePrompt from "./save-prompt.ts";
import searchTraces from "./search-traces.ts";
import startOptimization from "./start-optimization.ts";
import submitAnswers from "./submit-answers.ts";
import summarizeTraces from "./summarize-traces.ts";
import tryCandidate from "./try-candidate.ts";

/** Every tool, in the order in which hosts list them. */
export const tools: readonly Tool[] = [
  searchTraces,
  getTrace,
  getSession,
  summarizeTraces,
  querySql,
  importTraces,
  recordFeedback,
  saveDataset,
  saveJudge,
  savePrompt,
  runJudges,
  calibrateJudge,
  findIssues,
  runEvaluation,
  compareEvaluations,
  startOptimization,
  tryCandidate,
  finishOptimization,
  applyProposal,
  listRecords,
  getRecord,
  getTasks,
  submitAnswers,
  getJob,
  manageJob,
];
