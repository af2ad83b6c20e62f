import { hashOf } from "../../canonical.ts";
import { invalidInput } from "../../errors.ts";
import type {
  Candidate,
  Case,
  EvaluationRequest,
  Held,
  Outcome,
  Purpose,
  SearchDependencies,
} from "./contract.ts";
import { Noise } from "./noise.ts";

/** Thrown inside the search to leave the unfinished step when an answer is not known yet; never leaves `search`. */
export class HeldSignal extends Error {
  readonly held: Held;

  constructor(held: Held) {
    super(held);
    this.held = held;
  }
}

export const keyOf = ({ components, code }: Candidate): string => hashOf({ components, code });

/** One candidate with the name that its outcomes are kept under. */
export interface Subject {
  readonly key: string;
  readonly candidate: Candidate;
}

export interface Request {
  readonly subject: Subject;
  readonly cases: readonly Case[];
}

const nameOf = ({ exampleId, repeat }: Case): string => `${repeat}:${exampleId}`;

function checkOutcome({ score, objectives }: Outcome): void {
  if (score !== null && !(score >= 0 && score <= 1))
    throw invalidInput(
      `a score of ${score} is outside 0 to 1`,
      "Scale scores to 0 (worst) to 1 (perfect): elsewhere nothing can be told to be perfect.",
    );
  for (const [name, value] of Object.entries(objectives))
    if (value !== null && !Number.isFinite(value))
      throw invalidInput(`objective "${name}" is ${value}`, "Give a finite number, or null when unknown.");
}

/** Every outcome that the search has paid for: what is known is never asked again. */
export class Answers<O extends Outcome> {
  #rollouts = 0;
  readonly #noise = new Noise();
  readonly #outcomes = new Map<string, Map<string, O>>();
  readonly #evaluate: SearchDependencies<O>["evaluate"];

  constructor(evaluate: SearchDependencies<O>["evaluate"]) {
    this.#evaluate = evaluate;
  }

  /** Cases evaluated so far. */
  get rollouts(): number {
    return this.#rollouts;
  }

  /** Variance of one score around its case's mean; null while nothing was repeated. */
  get noise(): number | null {
    return this.#noise.variance;
  }

  get(key: string, of: Case): O | undefined {
    return this.#outcomes.get(key)?.get(nameOf(of));
  }

  /** Whether any case of the candidate was evaluated. */
  knows(key: string): boolean {
    return this.#outcomes.has(key);
  }

  /** undefined: never evaluated. */
  score(key: string, exampleId: string, repeat: number): number | null | undefined {
    return this.get(key, { exampleId, repeat })?.score;
  }

  /** The requests without what is known or asked twice among them. */
  #unknown(requests: readonly Request[]): Request[] {
    const asked = new Map<string, Map<string, Case>>();
    const subjects = new Map<string, Subject>();
    for (const { subject, cases } of requests) {
      const wanted = asked.get(subject.key) ?? new Map<string, Case>();
      for (const one of cases) if (!this.get(subject.key, one)) wanted.set(nameOf(one), one);
      asked.set(subject.key, wanted);
      subjects.set(subject.key, subject);
    }
    return [...subjects.values()].flatMap((subject) => {
      const cases = [...(asked.get(subject.key)?.values() ?? [])];
      return cases.length > 0 ? [{ subject, cases }] : [];
    });
  }

  /** How many cases `obtain` would evaluate. */
  price(requests: readonly Request[]): number {
    return this.#unknown(requests).reduce((sum, { cases }) => sum + cases.length, 0);
  }

  /** Evaluates what is not known. Throws HeldSignal, and `invalid_input` for scores on another scale. */
  async obtain(requests: readonly Request[], purpose: Purpose): Promise<void> {
    const unknown = this.#unknown(requests);
    if (unknown.length === 0) return;
    const sent: EvaluationRequest[] = unknown.map(({ subject, cases }) => ({
      candidate: subject.candidate,
      cases,
    }));
    const outcomes = await this.#evaluate(sent, purpose);
    if (typeof outcomes === "string") throw new HeldSignal(outcomes);
    for (const [i, { subject, cases }] of unknown.entries())
      this.#keep(subject.key, cases, outcomes[i] ?? []);
  }

  #keep(key: string, cases: readonly Case[], outcomes: readonly O[]): void {
    const kept = this.#outcomes.get(key) ?? new Map<string, O>();
    for (const [i, one] of cases.entries()) {
      const outcome = outcomes[i];
      if (!outcome || outcomes.length !== cases.length)
        throw new Error(`${cases.length} cases were asked for and ${outcomes.length} outcomes came back`);
      checkOutcome(outcome);
      kept.set(nameOf(one), outcome);
      if (outcome.score !== null) this.#noise.add(`${key}:${one.exampleId}`, outcome.score);
      this.#rollouts += 1;
    }
    this.#outcomes.set(key, kept);
  }
}
