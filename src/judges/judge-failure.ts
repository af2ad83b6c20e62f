/** A judge that could not decide through a fault of its own; its verdict is an error, never a pass or a fail. */
export class JudgeFailure extends Error {
  /** What a program said last on standard error; untrusted. */
  readonly stderrTail: string;

  constructor(message: string, stderrTail = "") {
    super(message);
    this.name = "JudgeFailure";
    this.stderrTail = stderrTail;
  }
}
