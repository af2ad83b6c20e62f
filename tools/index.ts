import type { Tool } from "../src/tool.ts";
import getJob from "./get-job.ts";
import getSession from "./get-session.ts";
import getTrace from "./get-trace.ts";
import importTraces from "./import-traces.ts";
import querySql from "./query-sql.ts";
import recordFeedback from "./record-feedback.ts";
import searchTraces from "./search-traces.ts";
import summarizeTraces from "./summarize-traces.ts";

/** Every tool, in the order in which hosts list them. */
export const tools: readonly Tool[] = [
  searchTraces,
  getTrace,
  getSession,
  summarizeTraces,
  querySql,
  importTraces,
  recordFeedback,
  getJob,
];
