import { z } from "zod";

/** What would have to change so that an issue of a kind goes away. */
export const Layer = z.enum(["prompt", "tool", "retrieval", "model", "memory", "user", "harness"]);
export type Layer = z.infer<typeof Layer>;

/** `signal`: found by code. `notes`: named from what a model or the assistant wrote about conversations. */
export const KindOrigin = z.enum(["signal", "notes"]);

/** One kind of issue: who has it, by place in the census's list of units. */
export const IssueKind = z.object({
  /** Stays the same through renaming and from census to census. */
  id: z.string(),
  name: z.string(),
  definition: z.string(),
  layer: Layer.nullable(),
  by: KindOrigin,
  /** Ascending. */
  members: z.array(z.int().min(0)),
});
export type IssueKind = z.infer<typeof IssueKind>;

export const CensusStratum = z.object({
  name: z.string(),
  /** Of the frame. */
  size: z.int(),
  drawn: z.int(),
});
export type CensusStratum = z.infer<typeof CensusStratum>;

/** How well the strength of a signal tells failed conversations from others. */
export const SignalPower = z.object({
  signal: z.string(),
  auc: z.number(),
  low: z.number(),
  high: z.number(),
  /** The interval's level is 1 - .05 / family: all of the family hold at once with 95 % (Bonferroni). */
  family: z.int().min(1).default(1),
});
export type SignalPower = z.infer<typeof SignalPower>;

export const CensusEdit = z.object({
  action: z.enum(["merge", "split", "rename"]),
  kinds: z.array(z.string()),
  into: z.string(),
  atUs: z.int(),
});

/** Issues of a sample of traces or sessions. Holds ids and numbers: texts stay with the traces and their feedback. */
export const Census = z.object({
  id: z.string(),
  createdUs: z.int(),
  level: z.enum(["traces", "sessions"]),
  filter: z.string().nullable(),
  /** Changed when a signal finds other things: censuses of two revisions compare with care. */
  revision: z.int(),
  /** All that match; null where nobody counted. */
  matching: z.int().nullable(),
  /** Of these, the newest, it was drawn. */
  frame: z.int(),
  strata: z.array(CensusStratum),
  units: z.object({
    ids: z.array(z.string()),
    stratum: z.array(z.int()),
    /** What units share that makes them dependent: their session. */
    cluster: z.array(z.string()),
    /** 1: failed, 0: did not, -1: nobody said. */
    outcome: z.array(z.int().min(-1).max(1)),
  }),
  /** Feedback that says how it went; null: all that people gave. */
  outcome: z.string().nullable(),
  /** The judge that gave it, and what was known of it then. */
  outcomeBy: z.string().nullable().default(null),
  power: z.array(SignalPower),
  /** Beyond these a unit is far out. */
  fences: z.object({
    costUsd: z.number().nullable(),
    durationMs: z.number().nullable(),
    steps: z.number().nullable(),
  }),
  kinds: z.array(IssueKind),
  /** Units of which a model or the assistant wrote what went wrong, by place, and how many each stands for. */
  noted: z
    .object({
      units: z.array(z.int()),
      weight: z.array(z.number()),
      /** Of these, those in which something went wrong. */
      withIssue: z.array(z.int()),
      by: z.enum(["assistant", "model"]),
      /** Asked in vain. */
      unanswered: z.int(),
      /** Notes that nobody gave a kind, gathered by layer. */
      unnamed: z.int(),
    })
    .nullable(),
  /** Units that were drawn and could not be read, and rows and characters that were not looked at. */
  gone: z.int(),
  rowsLeftOut: z.int(),
  edits: z.array(CensusEdit),
});
export type Census = z.infer<typeof Census>;
