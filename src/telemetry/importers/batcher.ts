import type { Assessment } from "../../model/assessment.ts";
import type { MediaItem } from "../../model/message.ts";
import type { Span } from "../../model/span.ts";
import type { SessionTags } from "../../store/store.ts";
import type { RawLog, RawSpan } from "../raw.ts";
import type { ImportBatch } from "./contract.ts";

/** Characters that wait for the rest of their traces. */
const HOLD_CHARS = 24 << 20;
/** Characters after which a batch is stored. */
const BATCH_CHARS = 4 << 20;

interface Group {
  readonly raw: RawSpan[];
  readonly spans: Span[];
  chars: number;
}

export interface Batcher {
  add(items: Partial<ImportBatch>, chars: number): Promise<void>;
  /** Stores what is left. */
  flush(): Promise<void>;
}

/**
 * Puts the spans of a trace into one batch even when they are apart in the file: traces wait, and those that
 * nothing was added to for longest go first when too much waits. So a trace is split only when it is larger than
 * what may wait, or spread further.
 */
export function createBatcher(store: (batch: ImportBatch) => Promise<void>): Batcher {
  const groups = new Map<string, Group>();
  let held = 0;
  let loose = emptyLoose();

  const groupOf = (traceId: string): Group => {
    const group = groups.get(traceId) ?? { raw: [], spans: [], chars: 0 };
    groups.delete(traceId); // to the end: it has just been added to
    groups.set(traceId, group);
    return group;
  };

  async function drain(keepChars: number): Promise<void> {
    while (held > keepChars || (keepChars === 0 && (groups.size > 0 || loose.count > 0))) {
      const raw: RawSpan[] = [];
      const spans: Span[] = [];
      let chars = loose.chars;
      for (const [traceId, group] of groups) {
        if (chars > 0 && chars + group.chars > BATCH_CHARS) break;
        groups.delete(traceId);
        chars += group.chars;
        for (const span of group.raw) raw.push(span);
        for (const span of group.spans) spans.push(span);
      }
      const { logs, media, assessments, sessionTags } = loose;
      loose = emptyLoose();
      held -= chars;
      await store({ raw, spans, logs, media, assessments, sessionTags });
    }
  }

  return {
    async add(items, chars) {
      const count = (items.raw?.length ?? 0) + (items.spans?.length ?? 0);
      const share = count === 0 ? 0 : Math.ceil(chars / count);
      for (const span of items.raw ?? []) addTo(groupOf(span.traceId), "raw", span, share);
      for (const span of items.spans ?? []) addTo(groupOf(span.traceId), "spans", span, share);
      const own = count === 0 ? chars : mediaBytes(items.media ?? []);
      addLoose(loose, items, own);
      held += share * count + own;
      if (loose.chars > BATCH_CHARS) await drain(Math.max(1, held - loose.chars));
      if (held > HOLD_CHARS) await drain(HOLD_CHARS - BATCH_CHARS);
    },
    flush: () => drain(0),
  };
}

function addTo(group: Group, list: "raw", span: RawSpan, chars: number): void;
function addTo(group: Group, list: "spans", span: Span, chars: number): void;
function addTo(group: Group, list: "raw" | "spans", span: RawSpan | Span, chars: number): void {
  group.chars += chars;
  if (list === "raw" && "startNs" in span) group.raw.push(span);
  else if ("startUs" in span) group.spans.push(span);
}

interface Loose {
  readonly logs: RawLog[];
  readonly media: MediaItem[];
  readonly assessments: Assessment[];
  readonly sessionTags: SessionTags[];
  chars: number;
  count: number;
}

const emptyLoose = (): Loose => ({
  logs: [],
  media: [],
  assessments: [],
  sessionTags: [],
  chars: 0,
  count: 0,
});

const mediaBytes = (media: readonly MediaItem[]): number =>
  media.reduce((sum, item) => sum + item.data.length, 0);

function addLoose(loose: Loose, items: Partial<ImportBatch>, chars: number): void {
  for (const log of items.logs ?? []) loose.logs.push(log);
  for (const item of items.media ?? []) loose.media.push(item);
  for (const item of items.assessments ?? []) loose.assessments.push(item);
  for (const item of items.sessionTags ?? []) loose.sessionTags.push(item);
  loose.count = loose.logs.length + loose.media.length + loose.assessments.length + loose.sessionTags.length;
  loose.chars += chars;
}
