import { z } from "zod";
import { AssessmentSource } from "./assessment.ts";
import { Interval } from "./estimate.ts";
import { JudgeKind } from "./judge.ts";

/** A number with its interval; null where it is not defined, as a rate of a class without items. */
const Estimated = z.object({ estimate: z.number(), interval: Interval }).nullable();
export type Estimated = z.infer<typeof Estimated>;

/** Where people's labels are from. */
export const LabelQuery = z.object({
  /** Of the feedback, or with a dataset of its expectation. */
  name: z.string(),
  source: AssessmentSource,
  level: z.enum(["traces", "sessions"]).nullable(),
  filter: z.string().nullable(),
  /** NAME@VERSION */
  dataset: z.string().nullable(),
  /** Only items of this sample of items to label, weighted by their chance of being drawn. */
  sample: z.string().nullable(),
  /** Graded labels: at least this is a pass. */
  threshold: z.number().nullable(),
});
export type LabelQuery = z.infer<typeof LabelQuery>;

const Counts = z.record(z.string(), z.int());

/** What became of every labelled item: none is dropped without being counted. */
export const LabelCoverage = z.object({
  /** Items with a label of the name. */
  labelled: z.int(),
  compared: z.int(),
  /** As many people for one label as for another. */
  contested: z.int(),
  /** Labels (not items) that are neither pass nor fail nor one of the judge's labels. */
  notUnderstood: z.int(),
  /** The judge was tuned on a label of theirs. */
  tunedOn: z.int(),
  /** Beyond the limit. */
  notDrawn: z.int(),
  /** Outside of the sample that was asked for. */
  outsideSample: z.int(),
  /** People or the judge said that the question does not arise. */
  notApplicable: z.int(),
  /** By reason, `cannot_tell` among them. */
  unscored: Counts,
  errors: Counts,
  /** Verdicts of this judge that were there already. */
  reused: z.int(),
});
export type LabelCoverage = z.infer<typeof LabelCoverage>;

const Annotators = z.object({
  annotators: z.int(),
  /** Items with labels of two or more. */
  items: z.int(),
  krippendorffAlpha: Estimated,
  fleissKappa: Estimated,
  /** How often two people agree: a judge cannot be expected to agree with a person more often. */
  ceiling: Estimated,
  /** How often the judge agrees with one person, on the same items. */
  judgeWithOne: Estimated,
});

/** How far a judge can be trusted: its verdicts against people's labels, with which labels it was checked, and when. */
export const CalibrationCard = z.object({
  judge: z.string(),
  version: z.int().nullable(),
  hash: z.string(),
  kind: JudgeKind,
  /** Models that answered. */
  answeredBy: z.array(z.string()),
  /** Version of the guideline that people followed, as the judge's author states it. */
  guideline: z.string().nullable(),
  labels: LabelQuery,
  createdUs: z.int(),
  n: z.int(),
  /** Independent groups: sessions, or groups of a dataset. */
  clusters: z.int(),
  coverage: LabelCoverage,
  categories: z.array(z.string()),
  /** Rows are people's categories, columns the judge's; weighted where a sample was drawn with unequal chances. */
  table: z.array(z.array(z.number())),
  agreement: Estimated,
  kappa: Estimated,
  /** More than two ordered labels: quadratic weights. */
  weightedKappa: Estimated,
  ac1: Estimated,
  /** Share that people pass. */
  prevalence: Estimated,
  /** Share of the same items that the judge passes. */
  judgedPass: Estimated,
  truePositiveRate: Estimated,
  trueNegativeRate: Estimated,
  youdenJ: Estimated,
  /** Of the judge's values against people's passes, where it has more than two. */
  auc: Estimated,
  /** `no`: the interval of J reaches 0.1. `unknown`: people passed all or none. */
  informative: z.enum(["yes", "no", "unknown"]),
  annotators: Annotators.nullable(),
  /** Judges of pairs: the same answer chosen in both orders. */
  orderConsistency: Estimated,
  /** Choices that fell on the answer shown first; .5 without bias. */
  choseFirst: z.number().nullable(),
  repeatability: z
    .object({
      items: z.int(),
      /** Further times that each was asked. */
      repeats: z.int(),
      /** Items whose verdict was not always the same. */
      flipped: z.int(),
      flipRate: Estimated,
    })
    .nullable(),
  /** Up to 20 items on which judge and people disagree, by id. */
  disagreements: z.array(z.object({ item: z.string(), people: z.string(), judge: z.string() })),
  notes: z.array(z.string()),
});
export type CalibrationCard = z.infer<typeof CalibrationCard>;
