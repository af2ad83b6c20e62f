import { AppError } from "../../../src/errors.ts";
import type { Assessment } from "../../../src/model/assessment.ts";
import type { Project } from "../../../src/model/project.ts";
import type { Span } from "../../../src/model/span.ts";
import type { RecordStore, Store, TraceBatch, TraceStore } from "../../../src/store/store.ts";

const unused = async (): Promise<never> => {
  throw new Error("the collector does not use this");
};

/** Just enough of a store to see what the collector does with one. */
export interface MemoryStore extends Store {
  readonly batches: TraceBatch[];
  readonly assessments: { projectId: string; item: Assessment }[];
  readonly services: Map<string, string>;
  readonly projects: Map<string, Project>;
  spans(projectId?: string): Span[];
  /** Replaces what insert does before it stores; e.g. never resolves, or throws. */
  onInsert(run: (batches: readonly TraceBatch[]) => Promise<void>): void;
  inserts(): number;
}

export function createMemoryStore(): MemoryStore {
  const batches: TraceBatch[] = [];
  const assessments: { projectId: string; item: Assessment }[] = [];
  const services = new Map<string, string>();
  const projects = new Map<string, Project>();
  const keys = new Map<string, { argsHash: string; ids: string[] }>();
  let before: (batches: readonly TraceBatch[]) => Promise<void> = async () => undefined;
  let inserts = 0;

  const traces: TraceStore = {
    async insert(added) {
      inserts += 1;
      await before(added);
      batches.push(...added);
    },
    async addAssessments(projectId, items, idempotency) {
      const earlier = idempotency ? keys.get(idempotency.key) : undefined;
      if (earlier && earlier.argsHash !== idempotency?.argsHash)
        throw new AppError("idempotency_conflict", "The key is used");
      if (earlier) return { ids: earlier.ids, repeated: true };
      const ids = items.map((item) => item.id);
      if (idempotency) keys.set(idempotency.key, { argsHash: idempotency.argsHash, ids });
      for (const item of items) assessments.push({ projectId, item });
      return { ids, repeated: false };
    },
    getTrace: async () => undefined,
    getSession: async () => undefined,
    settle: unused,
    searchTraces: unused,
    searchSessions: unused,
    aggregate: unused,
    readSpans: unused,
    getSpan: unused,
    readContents: unused,
    getMedia: unused,
    listMedia: unused,
    readSessionTraces: unused,
    readAssessments: unused,
    listValues: unused,
    delete: unused,
  };
  const records: RecordStore = {
    async ensureProject(project) {
      projects.set(project.id, project);
    },
    findProject: async (id) => projects.get(id),
    listProjects: async () => [],
    async setServiceProject(service, projectId) {
      services.set(service, projectId);
    },
    getServiceProject: async (service) => services.get(service),
    jobs: {
      create: unused,
      claim: unused,
      beat: unused,
      finish: unused,
      requestCancel: unused,
      reopen: unused,
      get: unused,
      list: unused,
    },
    schedules: { set: unused, noteJob: unused, get: unused, list: unused, changed: unused },
    datasets: {
      save: unused,
      get: unused,
      list: unused,
      readExamples: unused,
      assignSplits: unused,
      findSplits: unused,
      noteOpened: unused,
      opened: unused,
      isSealed: unused,
      sealTraces: unused,
      sealSessions: unused,
      countSealed: unused,
      retireHoldout: unused,
    },
    evaluations: {
      create: unused,
      get: unused,
      list: unused,
      putRows: unused,
      finish: unused,
      readRows: unused,
      countAttempts: unused,
    },
    optimizations: {
      create: unused,
      get: unused,
      list: unused,
      requestStop: unused,
      putEvent: unused,
      readEvents: unused,
      finish: unused,
      noteLook: unused,
      countLooks: unused,
      createProposal: unused,
      getProposal: unused,
      listProposals: unused,
      moveProposal: unused,
    },
    versions: { save: unused, get: unused, list: unused },
    pointers: { move: unused, list: unused, history: unused },
    ledger: {
      reserve: unused,
      settle: unused,
      ask: unused,
      decide: unused,
      findDecision: unused,
      findAnswer: unused,
      forgetFailures: unused,
      setBudget: unused,
      report: unused,
      listTasks: unused,
      getTask: unused,
      answerTasks: unused,
      withdrawTasks: unused,
    },
  };
  return {
    traces,
    records,
    sql: null,
    batches,
    assessments,
    services,
    projects,
    spans: (projectId) =>
      batches.filter((batch) => !projectId || batch.projectId === projectId).flatMap((batch) => batch.spans),
    onInsert(run) {
      before = run;
    },
    inserts: () => inserts,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
