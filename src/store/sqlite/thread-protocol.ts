import type { ErrorCode } from "../../errors.ts";

/** What a thread is started with. */
export interface ThreadData {
  readonly path: string;
  readonly role: "writer" | "reader";
  readonly synchronous: "normal" | "full";
}

export interface ThreadRequest {
  readonly id: number;
  /** A method of the thread's operations; `insert`, `settle` and `close` are its own. */
  readonly method: string;
  /** Checked where the call is made, by its type. */
  readonly args: never[];
}

export type ThreadReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | {
      readonly id: number;
      readonly ok: false;
      readonly code: ErrorCode;
      readonly message: string;
      readonly hint: string;
      /** The driver's code, for the log. */
      readonly reason: string;
    };
