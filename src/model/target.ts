import { z } from "zod";
import { Endpoint, endpointName } from "./endpoint.ts";
import { Json } from "./json.ts";

const MIB = 1_048_576;

const COMMAND = { error: 'must be a list like ["python3", "agent.py"], or one text that the shell runs' };

/** A program with its arguments, started as it is; or one text that the shell runs. */
export const Command = z.union(
  [z.string().min(1, COMMAND), z.array(z.string().min(1, COMMAND)).min(1, COMMAND)],
  COMMAND,
);
export type Command = z.infer<typeof Command>;

/** A place inside the repository, relative to its root. */
const Inside = z
  .string()
  .min(1)
  .refine((path) => !/^([\\/]|[A-Za-z]:)/.test(path) && !path.split(/[\\/]/).includes(".."), {
    error: 'must be a path relative to the root of the repository, without ".."',
  });

const EnvironmentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: "must be the name of an environment variable" });

/** A base URL that models are reached under, or the name of a model endpoint of ours, whose URL it is. */
const Upstream = z.union([endpointName, Endpoint.shape.baseUrl], {
  error: "must be an http or https URL without a key in it, or the name of a model endpoint",
});

const Reset = z.strictObject({
  run: Command,
  /** Before each example makes them run one at a time. */
  before: z.enum(["example", "evaluation"]).default("example"),
  timeoutMs: z.int().min(1).max(3_600_000).default(60_000),
});

const common = {
  /** For display only. */
  name: z.string().min(1).max(80).optional(),
  /** Milliseconds that one run may take, waiting for a free slot not counted. */
  timeoutMs: z.int().min(1).max(86_400_000).default(120_000),
  /** Runs at the same time. */
  concurrency: z.int().min(1).max(256).default(4),
  /** What runs may change outside of themselves; `real` is refused unless whoever starts it allows it. */
  sideEffects: z.enum(["none", "sandboxed", "real"]).default("none"),
  maxOutputBytes: z
    .int()
    .min(1)
    .max(256 * MIB)
    .default(MIB),
};

const surroundings = {
  /** `NAME=value` lines that are added to the environment. */
  envFile: Inside.optional(),
  /** Variables that are passed on from the environment of Evalwright; no others but a minimum are. */
  env: z.array(EnvironmentName).default([]),
  /** Folder to run in; default the root of the repository. */
  cwd: Inside.optional(),
  /**
   * Whose model traffic is metered: by the variable in which the target looks for a base URL, where that traffic goes.
   * It is given the address of a proxy of ours instead.
   */
  meter: z
    .record(EnvironmentName, Upstream)
    .refine((meter) => Object.keys(meter).length > 0, { error: "must name a variable" })
    .optional(),
  reset: z
    .union([Command.transform((run) => Reset.parse({ run })), Reset], {
      error: 'must be a command, or {"run": command, "before": "example" or "evaluation"}',
    })
    .optional(),
  /** Folders of dependencies outside version control that a copy at another commit shares with the repository. */
  link: z.array(Inside).default(["node_modules", ".venv"]),
};

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const OWN_HEADERS =
  /^(host|connection|content-(type|length|encoding)|transfer-encoding|accept|traceparent|expect|upgrade)$/i;
const SECRET_HEADERS = /^((proxy-)?authorization|cookie|(x-)?api-key|x-auth-token)$/i;

function checkHeaders({ value, issues }: z.core.ParsePayload<Record<string, string>>): void {
  for (const [name, text] of Object.entries(value)) {
    const problem = !HEADER_NAME.test(name)
      ? "is not the name of a header"
      : OWN_HEADERS.test(name)
        ? "is set by Evalwright"
        : SECRET_HEADERS.test(name) && !text.includes("${")
          ? 'must take its key from a variable, "$" and the name in braces: keys do not belong in the file'
          : null;
    if (problem) issues.push({ code: "custom", message: problem, input: text, path: [name] });
  }
}

const CommandTarget = z.strictObject({
  kind: z.literal("command"),
  run: Command,
  ...common,
  ...surroundings,
});
export type CommandTarget = z.infer<typeof CommandTarget>;

const WorkerTarget = z.strictObject({
  kind: z.literal("worker"),
  run: Command,
  ...common,
  ...surroundings,
});
export type WorkerTarget = z.infer<typeof WorkerTarget>;

const HttpTarget = z.strictObject({
  kind: z.literal("http"),
  url: z
    .url({ protocol: /^https?$/, error: "must be an http or https URL" })
    .refine((url) => !/^\w+:\/\/[^/?#]*@/.test(url), { error: "must hold no credentials; use headers" }),
  /** Values may hold `${NAME}`: a variable of `envFile`, or one that `env` lists. */
  headers: z.record(z.string(), z.string()).default({}).check(checkHeaders),
  ...common,
  ...surroundings,
});
export type HttpTarget = z.infer<typeof HttpTarget>;

const PromptMessage = z.strictObject({
  role: z.enum(["system", "user", "assistant"]),
  content: z.string(),
  /** By which `prompts` of an input replaces the content; default the role. */
  name: z.string().min(1).max(80).optional(),
});

const PromptTarget = z.strictObject({
  kind: z.literal("prompt"),
  /** Text or chat messages with `{{variables}}`. A text is replaced by the input's prompt named `prompt`. */
  prompt: z.union([z.string().min(1), z.array(PromptMessage).min(1)], {
    error: 'must be a text, or a list of {"role", "content"}',
  }),
  /** Name of a configured model endpoint. */
  model: z.string().min(1),
  /** Temperature, limits and what else the endpoint takes. */
  settings: z.record(z.string(), Json).default({}),
  ...common,
});
export type PromptTarget = z.infer<typeof PromptTarget>;

const RecordedTarget = z.strictObject({
  kind: z.literal("recorded"),
  name: common.name,
  /** Which traces or sessions, in the filter language; default all. */
  filter: z.string().min(1).optional(),
  /** Tag whose value is an example's id; default: each example's own trace or session. */
  tag: z.string().min(1).max(200).optional(),
});

/**
 * How to run the agent under test, as its file in the repository says it. Whatever executes stands in such a file,
 * never in an argument of a tool.
 */
export const TargetSpec = z.discriminatedUnion("kind", [
  CommandTarget,
  WorkerTarget,
  HttpTarget,
  PromptTarget,
  RecordedTarget,
]);
export type TargetSpec = z.infer<typeof TargetSpec>;

/** The kinds that run something. */
export type RunnableTarget = Exclude<TargetSpec, { kind: "recorded" }>;
/** The kinds that take part of the repository along: an environment, a folder, a reset. */
export type PlacedTarget = CommandTarget | WorkerTarget | HttpTarget;

/** The fields that each kind takes, for error messages. */
export const TARGET_FIELDS: { readonly [K in TargetSpec["kind"]]: readonly string[] } = {
  command: Object.keys(CommandTarget.shape),
  worker: Object.keys(WorkerTarget.shape),
  http: Object.keys(HttpTarget.shape),
  prompt: Object.keys(PromptTarget.shape),
  recorded: Object.keys(RecordedTarget.shape),
};
