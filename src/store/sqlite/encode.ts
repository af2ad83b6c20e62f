import { setImmediate } from "node:timers/promises";
import type { Span } from "../../model/span.ts";
import type { TraceBatch } from "../store.ts";
import { createBytePack } from "./byte-pack.ts";
import { createEncodeMemory, type KnownChain, type KnownContent } from "./encode-memory.ts";
import { createRefEncoder } from "./encode-refs.ts";
import { encodeSpan } from "./encode-span.ts";
import type { EncodedBatch, EncodedInsert, EncodedSpan, InsertReply, Ref } from "./wire.ts";

export interface Encoding {
  readonly message: EncodedInsert;
  /** Tells the encoder how the store answered. */
  learn(reply: InsertReply): void;
  /** Tells it that the store may not have taken it. */
  fail(): void;
}

export interface Encoder {
  /**
   * Batches -> what the writing thread binds. Calls must not overlap, and must reach the writer in their order:
   * each relies on what those before it sent. Throws `invalid_input` for malformed ids.
   */
  encode(batches: readonly TraceBatch[]): Promise<Encoding>;
}

/** Spans between two turns of the event loop: some 5 ms of work. */
const SLICE = 64;

interface Known {
  readonly contents: readonly KnownContent[];
  readonly chains: readonly KnownChain[];
}

/** Turns batches into rows, remembering (bounded) what this process has sent so that it is not sent again. */
export function createEncoder(): Encoder {
  const memory = createEncodeMemory();
  const pack = createBytePack();
  let epoch = 1;
  let generation = -1;
  const forget = (): void => {
    memory.forget();
    epoch++;
    generation = -1;
  };

  const encodeBatch = async (batch: TraceBatch): Promise<{ encoded: EncodedBatch; known: Known }> => {
    const { projectId } = batch;
    let before: Span | undefined;
    for (const span of batch.spans) {
      const isKnown = before?.traceId === span.traceId && before.sessionId === span.sessionId;
      if (span.sessionId !== null && !isKnown) memory.scopes.set(projectId + span.traceId, span.sessionId);
      before = span;
    }
    const refs = createRefEncoder(projectId, memory, pack);
    const to = { projectId, refs, memory, pack, resources: new Map<object, Ref>() };
    const spans: EncodedSpan[] = [];
    for (const span of batch.spans) {
      spans.push(encodeSpan(span, to));
      if (spans.length % SLICE === 0) await setImmediate();
    }
    const { media, assessments, sessionTags } = batch;
    return {
      encoded: {
        projectId,
        contents: refs.contents,
        chains: refs.chains,
        spans,
        media,
        assessments,
        sessionTags,
      },
      known: { contents: refs.knownContents, chains: refs.knownChains },
    };
  };

  const encodeAll = async (batches: readonly TraceBatch[]) => {
    try {
      const results: Awaited<ReturnType<typeof encodeBatch>>[] = [];
      for (const batch of batches) results.push(await encodeBatch(batch));
      return results;
    } catch (error) {
      pack.take();
      forget();
      throw error;
    }
  };

  return {
    async encode(batches) {
      let sentEpoch = epoch;
      let results = await encodeAll(batches);
      while (epoch !== sentEpoch) {
        // An answer that came meanwhile made it forget: what was encoded before may hold ids of rows that are gone.
        pack.take();
        forget();
        sentEpoch = epoch;
        results = await encodeAll(batches);
      }
      const message: EncodedInsert = {
        epoch: sentEpoch,
        generation,
        bytes: pack.take(),
        batches: results.map((result) => result.encoded),
      };
      return {
        message,
        fail() {
          if (epoch === sentEpoch) forget();
        },
        learn(reply) {
          if (epoch !== sentEpoch) return;
          if (!reply.stored || (generation !== -1 && generation !== reply.generation)) forget();
          else {
            generation = reply.generation;
            setIds(
              results.flatMap(({ known }) => [known.contents, known.chains]),
              reply.ids,
            );
          }
        },
      };
    },
  };
}

function setIds(lists: readonly (readonly (KnownContent | KnownChain)[])[], ids: Float64Array): void {
  let at = 0;
  for (const known of lists) for (const entry of known) entry.id = ids[at++] ?? 0;
}
