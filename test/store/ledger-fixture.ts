import type { CallRequest, Holder, Reservation } from "../../src/store/ledger-store.ts";
import type { Store } from "../../src/store/store.ts";

export const LEASE = 60_000;

/** A running job, held. */
export async function startJob(store: Store, id: string, leaseMs = LEASE): Promise<Holder> {
  const { jobs } = store.records;
  await jobs.create({ id, projectId: "shop", kind: "evaluation", input: null, unit: "examples" });
  const job = await jobs.claim(id, leaseMs);
  if (!job) throw new Error("the job is somebody's");
  return { projectId: "shop", jobId: id, epoch: job.epoch };
}

export const request = (key: string, overrides: Partial<CallRequest> = {}): CallRequest => ({
  key,
  kind: "judge",
  estimate: { calls: 1, tokens: 100, usd: 0.01 },
  sources: [],
  ...overrides,
});

export const SPENT = { calls: 1, tokens: 80, usd: 0.008 };

/** The id of a reservation, which must have been made. */
export function reserved(reservation: Reservation | undefined): number {
  if (reservation?.state !== "reserved") throw new Error(`not reserved but ${reservation?.state}`);
  return reservation.reservationId;
}

/** Reserves a call and records its answer. */
export async function answerCall(store: Store, holder: Holder, call: CallRequest, answer = "yes") {
  const { ledger } = store.records;
  const [reservation] = await ledger.reserve(holder, [call]);
  await ledger.settle(holder, [
    { reservationId: reserved(reservation), outcome: { state: "answered", answer }, spent: SPENT },
  ]);
}

export const states = (reservations: readonly Reservation[]) => reservations.map(({ state }) => state);
