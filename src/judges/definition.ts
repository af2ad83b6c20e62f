import type { z } from "zod";
import type { Json } from "../model/json.ts";
import type { JudgeLabel, JudgeLevel } from "../model/judge.ts";
import type { JudgedItem } from "../model/judged-item.ts";
import type { VerdictPart, VerdictReason } from "../model/verdict.ts";

/** Where a judge's question is found under another library's name, e.g. `deepeval: "ToolCorrectnessMetric"`. */
export type OtherNames = Partial<
  Record<"deepeval" | "ragas" | "mlflow" | "phoenix" | "promptfoo" | "autoevals" | "openevals", string>
>;

type OneNeed = "output" | "conversation" | "toolCalls" | "retrievals" | "state" | `expectations.${string}`;

/**
 * What an item must have, or the verdict is unscored with `input_missing` or `expectation_missing`. `a|b`: one of them
 * is enough.
 */
export type Need = OneNeed | `${OneNeed}|${OneNeed}` | `${OneNeed}|${OneNeed}|${OneNeed}`;

interface Described {
  /** snake_case; what users write. */
  readonly name: string;
  /** Further names of ours for the same judge. */
  readonly aliases?: readonly string[] | undefined;
  /** One sentence: what it decides. */
  readonly summary: string;
  readonly level: JudgeLevel;
  readonly needs: readonly Need[];
  readonly otherNames: OtherNames;
}

/** What a code judge found. `value` in [0, 1] for bounded judges, else the measure in its unit. */
export interface CodeFinding {
  readonly value: number | null;
  /** A judge without a natural pass leaves it to the threshold. */
  readonly pass?: boolean | undefined;
  readonly label?: string | undefined;
  readonly rationale: string;
  readonly parts?: readonly VerdictPart[] | undefined;
  /** Instead of a value. */
  readonly notApplicable?: true | undefined;
  readonly unscored?: VerdictReason | undefined;
}

export interface CodeJudgeTools {
  readonly signal: AbortSignal;
  /** Runs a program named in a repository file; absent where commands are not allowed. */
  readonly runCommand?:
    | ((
        argv: readonly string[],
        stdin: string,
        limits: {
          readonly timeoutMs: number;
          readonly maxOutputBytes: number;
          /** Names of environment variables that it gets beyond the minimum. */
          readonly env: readonly string[];
        },
      ) => Promise<{
        readonly exitCode: number | null;
        readonly stdout: string;
        readonly stderrTail: string;
      }>)
    | undefined;
}

/** Where a judge is resolved. */
export interface Surroundings {
  /** Folder of the repository whose programs judges may name; null where there is none. */
  readonly repositoryRoot: string | null;
}

/** A judge that is a function: no model, no cost, the same verdict every time. */
export interface CodeJudge extends Described {
  readonly kind: "code";
  /** Raised when its verdicts may change. */
  readonly revision: number;
  readonly goal: "higher" | "lower";
  /** Values are in [0, 1]. */
  readonly bounded: boolean;
  /** Passing needs this unless the user says otherwise; null: a measure without a pass. */
  readonly threshold: number | null;
  /** What it looks at is there for a failed run too; where it is not, the run's failure counts as for other judges. */
  readonly judgesFailedRuns?: true | undefined;
  readonly params: z.ZodObject;
  /**
   * Called when the judge is resolved: refuses parameters that its schema cannot (AppError), and gives what fixes its
   * verdicts beside them, for its hash.
   */
  prepare?(params: Readonly<Record<string, unknown>>, surroundings: Surroundings): Promise<Json>;
  /** `params` were parsed by `params`. */
  judge(
    item: JudgedItem,
    params: Readonly<Record<string, unknown>>,
    tools: CodeJudgeTools,
  ): CodeFinding | Promise<CodeFinding>;
}

/** A judge that asks a model (or the assistant): one rubric, closed labels. */
export interface ModelJudge extends Described {
  readonly kind: "model";
  /** File below prompts/judges/, without .md. */
  readonly rubric: string;
  readonly labels: readonly JudgeLabel[];
  /** Passing is a value of at least this, unless the user says otherwise. */
  readonly threshold: number;
  readonly params: z.ZodObject;
  /**
   * How one item becomes questions. `single`: one. `per_retrieval`: one per retrieval, aggregated by the mean. `pair`:
   * two answers, asked in both orders.
   */
  readonly shape: "single" | "per_retrieval" | "pair";
  /** The question does not arise for examples without this expectation, unless the user says otherwise. */
  readonly whenExpected?: string | undefined;
  /** It says why a run failed, so that failed runs are asked about too. */
  readonly judgesFailedRuns?: true | undefined;
}

export type BuiltinJudge = CodeJudge | ModelJudge;

/** Parameters as JSON, checked by a judge's own schema. */
export type JudgeParams = Readonly<Record<string, Json>>;
