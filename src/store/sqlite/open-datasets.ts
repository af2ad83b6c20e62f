import type { DatasetStore } from "../dataset-store.ts";
import type { EvaluationStore } from "../evaluation-store.ts";
import type { OptimizationStore } from "../optimization-store.ts";
import type { Call } from "./open.ts";
import type { ReaderOperations, WriterOperations } from "./operations.ts";

/** `settled`: runs a read that depends on which traces belong to which session. */
export function datasetStore(
  write: Call<WriterOperations>,
  read: Call<ReaderOperations>,
  settled: <T>(work: () => Promise<T>) => Promise<T>,
): DatasetStore {
  return {
    save: (dataset, examples, idempotency) => write("saveDataset", dataset, examples, idempotency),
    get: (projectId, name, version) => read("getDataset", projectId, name, version),
    list: (query) => read("listDatasets", query),
    readExamples: (query) => read("readExamples", query),
    assignSplits: (projectId, groups) => write("assignSplits", projectId, groups),
    findSplits: (projectId, groups) => read("findSplits", projectId, groups),
    noteOpened: (projectId, sessionIds) => write("noteOpened", projectId, sessionIds),
    opened: (projectId, sessionIds) => read("opened", projectId, sessionIds),
    isSealed: (projectId, ids) => settled(() => read("isSealed", projectId, ids)),
    sealTraces: (projectId, traceIds) => write("sealTraces", projectId, traceIds),
    sealSessions: (projectId, sessionIds) => write("sealSessions", projectId, sessionIds),
    countSealed: (projectId) => settled(() => read("countSealed", projectId)),
    retireHoldout: (projectId, name) => settled(() => write("retireHoldout", projectId, name)),
  };
}

export function evaluationStore(
  write: Call<WriterOperations>,
  read: Call<ReaderOperations>,
): EvaluationStore {
  return {
    create: (evaluation) => write("createEvaluation", evaluation),
    get: (projectId, id) => read("getEvaluation", projectId, id),
    list: (query) => read("listEvaluations", query),
    putRows: (holder, id, rows) => write("putEvaluationRows", holder, id, rows),
    finish: (holder, id, end) => write("finishEvaluation", holder, id, end),
    readRows: (query) => read("readEvaluationRows", query),
    countAttempts: (projectId, attempt, note) => write("countAttempts", projectId, attempt, note),
  };
}

export function optimizationStore(
  write: Call<WriterOperations>,
  read: Call<ReaderOperations>,
): OptimizationStore {
  return {
    create: (optimization) => write("createOptimization", optimization),
    get: (projectId, id) => read("getOptimization", projectId, id),
    list: (query) => read("listOptimizations", query),
    requestStop: (projectId, id) => write("stopOptimization", projectId, id),
    putEvent: (holder, id, number, event) => write("putOptimizationEvent", holder, id, number, event),
    readEvents: (query) => read("readOptimizationEvents", query),
    finish: (holder, id, end) => write("finishOptimization", holder, id, end),
    countLooks: (projectId, exampleIds) => write("countLooks", projectId, exampleIds),
    noteLook: (projectId, look, exampleIds) => write("noteLook", projectId, look, exampleIds),
    createProposal: (proposal) => write("createProposal", proposal),
    getProposal: (projectId, id) => read("getProposal", projectId, id),
    listProposals: (query) => read("listProposals", query),
    moveProposal: (projectId, id, change) => write("moveProposal", projectId, id, change),
  };
}
