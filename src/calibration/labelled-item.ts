import { z } from "zod";

/** What people labelled, and where the judge finds it. */
export const Place = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("session"), sessionId: z.string() }),
  z.object({ kind: z.literal("trace"), traceId: z.string() }),
  /** One place of a trace's verdict: a retrieval. */
  z.object({ kind: z.literal("span"), traceId: z.string(), spanId: z.string() }),
  z.object({ kind: z.literal("example"), dataset: z.string(), version: z.int(), exampleId: z.string() }),
  /** Two answers to one example, its expectations `first` and `second`. */
  z.object({ kind: z.literal("pair"), dataset: z.string(), version: z.int(), exampleId: z.string() }),
]);
export type Place = z.infer<typeof Place>;

/** One person's label on one item, understood. */
export const Label = z.object({
  /** Of the assessment, or of the example and expectation. */
  id: z.string(),
  annotator: z.string(),
  /** One of the judge's labels, where it was said in those words. */
  category: z.string().nullable(),
  /** Null: the question does not arise. */
  pass: z.boolean().nullable(),
});
export type Label = z.infer<typeof Label>;

export const LabelledItem = z.object({
  id: z.string(),
  place: Place,
  /** Items that share it are not independent: a session, a group of a dataset. */
  cluster: z.string(),
  /** One over its chance of being drawn, relative to the others. */
  weight: z.number().positive(),
  labels: z.array(Label).min(1),
});
export type LabelledItem = z.infer<typeof LabelledItem>;

export const placeAt = (level: "traces" | "sessions", id: string): Place =>
  level === "sessions" ? { kind: "session", sessionId: id } : { kind: "trace", traceId: id };

export function placeId(place: Place): string {
  switch (place.kind) {
    case "session":
      return place.sessionId;
    case "trace":
      return place.traceId;
    case "span":
      return `${place.traceId}/${place.spanId}`;
    case "example":
    case "pair":
      return place.exampleId;
  }
}
