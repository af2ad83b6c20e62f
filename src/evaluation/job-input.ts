import { z } from "zod";
import { EvaluationSetup } from "../model/evaluation.ts";
import { RecordedMatch } from "./recorded.ts";

/** Where the runs come from; everything that executes is named by a file of the repository. */
export const RunSource = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("file"),
    /** Of the target file, relative to the repository. */
    path: z.string(),
    gitRef: z.string().nullable(),
    specFrom: z.enum(["commit", "working folder"]).optional(),
    /** The endpoint that a prompt asks. */
    model: z.string().optional(),
    allowRealSideEffects: z.boolean(),
    /** False: planned for somebody who may not run programs here. */
    allowCommands: z.boolean().default(true),
  }),
  z.object({ kind: z.literal("recorded"), match: RecordedMatch }),
  z.object({ kind: z.literal("reuse"), evaluationId: z.string() }),
  /** The recorded runs of two evaluations, by the evaluations that made them. */
  z.object({ kind: z.literal("pair"), baseline: z.string(), candidate: z.string() }),
]);
export type RunSource = z.infer<typeof RunSource>;

/** What a reader of an evaluation should know about where its runs come from. */
export const sourceNotes = (source: RunSource): string[] =>
  source.kind === "file" && source.gitRef !== null && source.specFrom === "working folder"
    ? ["the commit has no such target file: the one of the working folder was used for its code"]
    : [];

/** All that an evaluation's job needs; fixed when it is started. */
export const EvaluationJobInput = z.object({
  evaluationId: z.string(),
  note: z.string().nullable(),
  /** Real path of the repository: targets and programs of judges are in it. */
  repository: z.string(),
  setup: EvaluationSetup,
  source: RunSource,
  /** Texts instead of the agent's own, by name. */
  prompts: z.record(z.string(), z.string()).default({}),
});
export type EvaluationJobInput = z.infer<typeof EvaluationJobInput>;
