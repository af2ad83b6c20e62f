import { AppError } from "../../errors.ts";
import type { TraceBatch } from "../store.ts";
import { createEncoder, type Encoding } from "./encode.ts";
import type { ThreadClient } from "./thread-client.ts";
import type { InsertReply } from "./wire.ts";
import { packInsert } from "./wire-pack.ts";

/** Encoded bytes on their way to the writing thread; further calls wait, holding only their batches. */
const MAX_BYTES_IN_FLIGHT = 32 * 1024 * 1024;
/** A deletion that runs meanwhile makes an insert start over; more often than this it is something else. */
const MAX_ATTEMPTS = 8;

/** The insert of TraceStore: encodes in turn on this thread, stores on the writing one. */
export function createInserter(writer: ThreadClient): (batches: readonly TraceBatch[]) => Promise<void> {
  const encoder = createEncoder();
  let turn: Promise<unknown> = Promise.resolve();
  let bytesInFlight = 0;
  const room: (() => void)[] = [];

  const send = async (encoding: Encoding): Promise<InsertReply> => {
    const { message } = encoding;
    const { byteLength } = message.bytes;
    try {
      const packed = packInsert(message);
      const buffers = [packed.bytes.buffer, packed.numbers.buffer];
      const reply = await writer.call<InsertReply>("insert", [packed], buffers);
      encoding.learn(reply);
      return reply;
    } catch (error) {
      encoding.fail();
      throw error;
    } finally {
      bytesInFlight -= byteLength;
      for (const go of room.splice(0)) go();
    }
  };
  /** One at a time and sent in the same order, because each relies on what those before it sent. */
  const encodeInTurn = (batches: readonly TraceBatch[]): Promise<{ sent: Promise<InsertReply> }> => {
    const mine = turn.then(async () => {
      while (bytesInFlight > MAX_BYTES_IN_FLIGHT) await new Promise<void>((resolve) => room.push(resolve));
      const encoding = await encoder.encode(batches);
      bytesInFlight += encoding.message.bytes.byteLength;
      return { sent: send(encoding) };
    });
    turn = mine.catch(() => {});
    return mine;
  };

  return async (batches) => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const { sent } = await encodeInTurn(batches);
      if ((await sent).stored) return;
    }
    throw new AppError("unavailable", "The store kept changing while this was stored", {
      hint: "Try again when the deletion that runs has ended.",
    });
  };
}
