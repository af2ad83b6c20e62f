import { z } from "zod";
import { Json } from "../../model/json.ts";
import type { JudgedItem } from "../../model/judged-item.ts";
import { codeJudge, notApplicable, unscored } from "../code-judge.ts";
import type { CodeFinding } from "../definition.ts";
import { hashProgram } from "../hash-program.ts";
import { parsedJson } from "../json-path.ts";
import { JudgeFailure } from "../judge-failure.ts";

const MAX_OUTPUT_BYTES = 200_000;

const Printed = z.object({
  value: z.number().min(0).max(1).optional(),
  pass: z.boolean().optional(),
  label: z.string().min(1).max(60).optional(),
  rationale: z.string().default(""),
  notApplicable: z.literal(true).optional(),
  cannotTell: z.literal(true).optional(),
});
type Printed = z.infer<typeof Printed>;

/** Node.js before 22.18 runs TypeScript only when it is told to. */
const STRIP_TYPES = process.features.typescript ? [] : ["--experimental-strip-types"];

const INTERPRETERS: Readonly<Record<string, readonly string[]>> = {
  py: ["python3"],
  js: [process.execPath],
  mjs: [process.execPath],
  cjs: [process.execPath],
  ts: [process.execPath, ...STRIP_TYPES],
  mts: [process.execPath, ...STRIP_TYPES],
  sh: ["sh"],
};

/** How a file of the repository is run, from the repository's root: by the interpreter of its ending, else itself. */
function programArgv(program: string): readonly string[] {
  const path = program.startsWith("./") ? program : `./${program}`;
  const ending = /\.([a-z]+)$/.exec(program)?.[1] ?? "";
  return [...(INTERPRETERS[ending] ?? []), path];
}

/** The whole of stdout as JSON, else its last line: libraries print progress before it. */
function printedVerdict(stdout: string): Printed {
  const lines = stdout.trim().split("\n");
  const value = parsedJson(stdout) ?? parsedJson(lines.at(-1) ?? "");
  const parsed = Printed.safeParse(value);
  if (!parsed.success)
    throw new JudgeFailure(
      value === undefined
        ? "the program printed no JSON"
        : "the program printed no verdict: {value: 0 to 1 | pass | label, rationale}",
    );
  return parsed.data;
}

function findingOf(printed: Printed, labels: Readonly<Record<string, number>> | undefined): CodeFinding {
  const { pass, label, rationale } = printed;
  if (printed.notApplicable) return notApplicable(rationale);
  if (printed.cannotTell) return unscored("cannot_tell", rationale);
  const labelled = label !== undefined && labels && Object.hasOwn(labels, label) ? labels[label] : undefined;
  if (label !== undefined && labels && labelled === undefined) return unscored("off_menu", rationale);
  const value = printed.value ?? labelled ?? (pass === undefined ? undefined : pass ? 1 : 0);
  if (value === undefined)
    throw new JudgeFailure(
      "the program printed neither a value, nor pass, nor a label of the parameter labels",
    );
  return { value, pass, label, rationale };
}

const stdinFor = (item: JudgedItem, settings: Json): string => `${JSON.stringify({ ...item, settings })}\n`;

/**
 * What a program of the repository says. It gets the item as one JSON object on standard input (`inputs`, `output`,
 * `conversation`, `toolCalls`, `expectations`, `run` and the rest, with `settings` as given here) and prints
 * `{value | pass | label, rationale}`. Anything else, or another exit code than 0, is an error of the judge, never a
 * pass.
 */
export const command = codeJudge({
  name: "command",
  summary:
    "A program of the repository decides: item as JSON in, {value | pass | label, rationale} as JSON out.",
  revision: 1,
  level: "trace",
  needs: [],
  goal: "higher",
  bounded: true,
  threshold: null,
  params: z.strictObject({
    /** A file of the repository: run with the interpreter of its ending (py, js, mjs, cjs, ts, mts, sh), else itself. */
    program: z
      .string()
      .min(1)
      .max(500)
      .describe("Path of a file of the repository, no command line; docs/judges.md has its input and answer"),
    settings: z.record(z.string(), Json).default({}),
    /** What each label counts. */
    labels: z.record(z.string().min(1).max(60), z.number().min(0).max(1)).optional(),
    /** Names of environment variables that the program gets beyond the minimum, e.g. OPENAI_API_KEY. */
    env: z
      .array(z.string().regex(/^[A-Za-z_]\w{0,99}$/, "a name of an environment variable"))
      .max(50)
      .default([]),
    timeoutMs: z.int().min(100).max(600_000).default(60_000),
  }),
  otherNames: { promptfoo: "javascript, python, ruby", mlflow: "custom scorer" },
  prepare: async ({ program }, { repositoryRoot }) => ({
    program: await hashProgram(repositoryRoot, program),
  }),
  async judge(item, { program, settings, labels, env, timeoutMs }, tools) {
    if (!tools.runCommand) throw new JudgeFailure("programs may not be run here");
    const limits = { timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES, env };
    const { exitCode, stdout, stderrTail } = await tools.runCommand(
      programArgv(program),
      stdinFor(item, settings),
      limits,
    );
    if (exitCode !== 0)
      throw new JudgeFailure(
        exitCode === null ? "the program was stopped" : `the program ended with code ${exitCode}`,
        stderrTail,
      );
    return findingOf(printedVerdict(stdout), labels);
  },
});
