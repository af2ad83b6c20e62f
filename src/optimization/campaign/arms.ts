import { hashOf } from "../../canonical.ts";
import { type OpenProgramOptions, openProgram, type Program } from "../../evaluation/open-program.ts";
import type { Held, Work } from "../../evaluation/pipeline.ts";
import type { RunRecord } from "../../evaluation/run-record.ts";
import type { Candidate } from "../search/contract.ts";
import type { OptimizationJobInput } from "./job-input.ts";

/** Worktrees of candidates that stay open: the parent's and the child's are used by turns. */
const MOST_OPEN = 3;

export interface Arms {
  readonly concurrency: number;
  /** Each model call of a run is charged as a call. */
  readonly isMetered: boolean;
  /** Runs of one candidate, recorded as its own. */
  obtain(candidate: Candidate): Promise<(work: Work) => Promise<RunRecord | Held>>;
  hasChanged(): Promise<boolean>;
  close(): Promise<void>;
}

/** Equal exactly for equal candidates. */
export const candidateKey = ({ components, code }: Candidate): string =>
  hashOf({ components: { ...components }, code }).slice(0, 24);

/** The programs of a campaign's candidates: one for all that differ in texts alone, one for each commit. */
export async function openArms(
  input: OptimizationJobInput,
  options: Omit<OpenProgramOptions, "label" | "pinned" | "repository">,
): Promise<Arms> {
  const { optimizationId, repository, setup, source } = input;
  const common = { ...options, repository, label: optimizationId };
  const open = (code: string | null): Promise<Program> =>
    code === null
      ? openProgram({ kind: "file", ...source }, { ...common, pinned: setup.target })
      : openProgram({ kind: "file", ...source, gitRef: code }, { ...common, pinned: null });
  const first = await open(input.seedCode);
  // What is being opened counts as open: several parts of one evaluation ask for the same candidate at the same time.
  const programs = new Map<string | null, Promise<Program>>([[input.seedCode, Promise.resolve(first)]]);
  const openInPlaceOf = async (
    oldest: Promise<Program> | undefined,
    code: string | null,
  ): Promise<Program> => {
    await (await oldest)?.close();
    return open(code);
  };
  const programOf = (code: string | null): Promise<Program> => {
    const known = programs.get(code);
    const oldest = [...programs.keys()].find((key) => key !== input.seedCode);
    const replaced = known || programs.size < MOST_OPEN ? undefined : programs.get(oldest ?? null);
    if (replaced) programs.delete(oldest ?? null);
    const program = known ?? openInPlaceOf(replaced, code);
    programs.delete(code);
    programs.set(code, program);
    // Whoever asked is told; the next one tries anew.
    program.catch(() => programs.delete(code));
    return program;
  };
  return {
    concurrency: first.concurrency,
    isMetered: first.isMetered,
    async obtain(candidate) {
      const program = await programOf(candidate.code ?? input.seedCode);
      const scope = `${optimizationId}.${candidateKey(candidate)}`;
      return program.obtain({ scope, prompts: candidate.components });
    },
    hasChanged: () => first.hasChanged(),
    async close() {
      for (const program of await Promise.allSettled(programs.values()))
        if (program.status === "fulfilled") await program.value.close();
    },
  };
}
