import type { SpanKind } from "../../model/span.ts";
import type { ContentRef } from "../../store/store.ts";
import type { Draft } from "../transcript/rows.ts";
import type { StepKey } from "./align.ts";

/** One thing that a run did or was told: a model call, a tool call, a turn of the user. Holds no text. */
export interface Step extends StepKey {
  readonly kind: SpanKind | "user" | "error";
  /** The trace's place in the session, from 1. */
  readonly turn: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly startUs: number;
  readonly durationUs: number | null;
  readonly tokens: number | null;
  readonly failed: boolean;
  /** Where its texts are. */
  readonly texts:
    | { readonly from: "row"; readonly draft: Draft }
    | { readonly from: "span"; readonly given: ContentRef | null; readonly got: readonly ContentRef[] };
}
