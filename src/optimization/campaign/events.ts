import { z } from "zod";
import { Json } from "../../model/json.ts";
import type { PoolEntry, RejectedEdit, SearchEvent } from "../search/contract.ts";

const Score = z.number().nullable();

export const StoredEntry = z.object({
  index: z.int(),
  components: z.record(z.string(), z.string()),
  code: z.string().nullable(),
  parents: z.array(z.int()),
  hypothesis: z.string().nullable(),
  iteration: z.int(),
  scores: z.record(z.string(), Score),
  mean: Score,
  coverage: z.number(),
  estimate: Score,
  objectives: z.record(z.string(), Score),
  length: z.int(),
});
export type StoredEntry = z.infer<typeof StoredEntry>;

export const StoredRejection = z.object({
  parent: z.int(),
  components: z.record(z.string(), z.string()),
  code: z.string().nullable(),
  hypothesis: z.string().nullable(),
  reason: z.string(),
  detail: z.string().nullable(),
  before: Score,
  after: Score,
  iteration: z.int(),
});
export type StoredRejection = z.infer<typeof StoredRejection>;

const Flips = z.object({ gained: z.array(z.string()), lost: z.array(z.string()) });
const Progress = z.object({
  rollouts: z.int(),
  proposals: z.int(),
  best: Score,
  /** Candidates from which parents are drawn. */
  frontier: z.array(z.int()).readonly().default([]),
});

/** An event as the store has it: what the search said, with flips on training examples where a candidate was run. */
export const StoredEvent = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("seed"), entry: StoredEntry, noise: Score, progress: Progress }),
  z.object({ kind: z.literal("accepted"), entry: StoredEntry, flips: Flips, progress: Progress }),
  z.object({ kind: z.literal("rejected"), edit: StoredRejection, flips: Flips, progress: Progress }),
  z.object({
    kind: z.literal("failed"),
    iteration: z.int(),
    slot: z.int(),
    reason: z.string(),
    progress: Progress,
  }),
  z.object({
    kind: z.literal("skipped"),
    iteration: z.int(),
    slot: z.int(),
    parent: z.int(),
    progress: Progress,
  }),
  z.object({ kind: z.literal("validated"), entry: StoredEntry, progress: Progress }),
  z.object({ kind: z.literal("stopped"), stop: z.string(), progress: Progress }),
]);
export type StoredEvent = z.infer<typeof StoredEvent>;

export type FlipIds = z.infer<typeof Flips>;

export const storedEntry = ({ candidate, scores, ...entry }: PoolEntry): StoredEntry => ({
  ...entry,
  parents: [...entry.parents],
  objectives: { ...entry.objectives },
  components: { ...candidate.components },
  code: candidate.code,
  scores: Object.fromEntries(scores),
});

const storedRejection = (edit: RejectedEdit): StoredRejection => ({
  ...edit,
  components: { ...edit.components },
});

/** `flipsOf` an accepted entry or a rejected edit against its parent. */
export function storedEvent(event: SearchEvent, flips: FlipIds): StoredEvent {
  switch (event.kind) {
    case "seed":
    case "validated":
      return { ...event, entry: storedEntry(event.entry) };
    case "accepted":
      return { ...event, entry: storedEntry(event.entry), flips };
    case "rejected":
      return { ...event, edit: storedRejection(event.edit), flips };
    default:
      return event;
  }
}

export const eventJson = (event: StoredEvent): Json => Json.parse(JSON.parse(JSON.stringify(event)));
