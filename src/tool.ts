import { z } from "zod";
import { parseArguments } from "./arguments.ts";
import type { Context } from "./context.ts";
import type { Answer } from "./model/answer.ts";

export interface ToolHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** Reads the store and nothing else. */
export const READS: ToolHints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Adds records, changes and removes none. */
export const ADDS: ToolHints = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** Runs programs or asks models of the user's: reaches beyond the store, may cost. */
export const RUNS: ToolHints = {
  readOnlyHint: false,
  destructiveHint: false,
  idempotentHint: false,
  openWorldHint: true,
};

export interface ToolSpec<S extends z.ZodRawShape> {
  /** verb_noun, snake_case; the file is its kebab-case. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly hints: ToolHints;
  /** Ask hosts that defer tools to load this one up front. */
  readonly alwaysLoad?: boolean;
  readonly input: S;
  handle(input: z.infer<z.ZodObject<S>>, context: Context): Promise<Answer>;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly hints: ToolHints;
  readonly alwaysLoad: boolean;
  /** Strict: an unknown argument is refused. */
  readonly input: z.ZodObject;
  /** The arguments as they came, checked; the project named in them is not resolved yet. */
  parse(arguments_: unknown): {
    readonly project: string | undefined;
    run(context: Context): Promise<Answer>;
  };
}

const projectArgument = z
  .string()
  .max(120)
  .optional()
  .describe("Project id or slug; default: this folder's.");

/** Makes a tool of its spec: adds the optional `project`, makes the input strict. */
export function defineTool<S extends z.ZodRawShape>(spec: ToolSpec<S>): Tool {
  const own = z.object(spec.input);
  const input = z.strictObject({ ...spec.input, project: projectArgument });
  const scope = z.object({ project: projectArgument });
  const names = Object.keys(input.shape);
  return {
    name: spec.name,
    title: spec.title,
    description: spec.description,
    hints: spec.hints,
    alwaysLoad: spec.alwaysLoad ?? false,
    input,
    parse(arguments_) {
      parseArguments(input, names, arguments_, spec.name);
      const values = own.parse(arguments_ ?? {});
      const { project } = scope.parse(arguments_ ?? {});
      return { project, run: (context) => spec.handle(values, context) };
    },
  };
}
