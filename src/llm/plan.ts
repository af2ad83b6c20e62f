import type { Endpoint, StructuredOutput } from "../model/endpoint.ts";
import type { JsonObject } from "../model/json.ts";
import type { Fault } from "./fault.ts";
import type { LlmRequest } from "./llm.ts";

export type JsonMode = Exclude<StructuredOutput, "auto">;
export type TokenField = "max_tokens" | "max_completion_tokens";
export type Optional = "temperature" | "seed";

/** How one attempt asks for what the request wants; a later attempt may ask differently. */
export interface Plan {
  /** Null: any text will do. */
  readonly mode: JsonMode | null;
  /** The schema stands in the messages too. */
  readonly instruct: boolean;
  /** The endpoint takes the mode, but not with this schema. */
  readonly schemaRefused: boolean;
  readonly tokenField: TokenField;
  /** Parameters that the endpoint does not take. */
  readonly left: readonly Optional[];
  readonly maxOutputTokens: number | undefined;
  /** What was wrong with the answers so far. */
  readonly malformed: number;
  readonly truncated: number;
}

/** What an endpoint was found to take. Kept for the process; learned only from requests that succeeded. */
export interface Dialect {
  plan(request: LlmRequest): Plan;
  learn(request: LlmRequest, plan: Plan): void;
}

/** Their current models refuse max_tokens; other servers know nothing else, or both. */
const NEW_FIELD_HOSTS = /(^|\.)(api\.openai\.com|openai\.azure\.com|cognitiveservices\.azure\.com)$/;

export function createDialect({ baseUrl, structuredOutput }: Endpoint): Dialect {
  let mode: JsonMode = structuredOutput === "auto" ? "json_schema" : structuredOutput;
  let tokenField: TokenField = NEW_FIELD_HOSTS.test(new URL(baseUrl).hostname)
    ? "max_completion_tokens"
    : "max_tokens";
  let left: readonly Optional[] = [];
  const ofSchema = new WeakMap<JsonObject, JsonMode>();
  let obeyed = 0;
  let ignored = 0;

  return {
    plan({ answer, maxOutputTokens }) {
      const chosen = answer ? (ofSchema.get(answer.schema) ?? mode) : null;
      // Some servers accept a response_format and pay no attention to it.
      const isIgnored = ignored >= 2 && obeyed === 0;
      const instruct = chosen !== null && (chosen !== "json_schema" || isIgnored);
      const counts = { malformed: 0, truncated: 0 };
      return { mode: chosen, instruct, schemaRefused: false, tokenField, left, maxOutputTokens, ...counts };
    },
    learn({ answer }, plan) {
      if (plan.maxOutputTokens !== undefined) tokenField = plan.tokenField;
      if (plan.left.length > left.length) left = plan.left;
      if (!answer || plan.mode === null) return;
      if (plan.schemaRefused) ofSchema.set(answer.schema, plan.mode);
      else if (!ofSchema.has(answer.schema)) mode = plan.mode;
      if (plan.mode !== "json_schema") return;
      if (!plan.instruct) obeyed += 1;
      else if (plan.malformed > 0) ignored += 1;
    },
  };
}

const UNSUPPORTED =
  /unsupported|not supported|does ?n[o']t support|unavailable|unrecognized|unknown|unexpected|extra_forbidden|extra (inputs|fields)|not permitted|not allowed|only the default|enabled only|must be|should be|instead/i;
const ABOUT_FORMAT = /response_format|json_schema|json_object|structured output|guided|grammar/i;
const BAD_SCHEMA = /invalid (json )?schema|schema is (invalid|not)|invalid_json_schema/i;

/**
 * The plan without what a refused request was refused for; null when the complaint is about something else. Providers
 * name the parameter in `param`, in quotes, or (FastAPI) in `loc`.
 */
export function adapt(plan: Plan, request: LlmRequest, { complaint }: Fault, isAuto: boolean): Plan | null {
  if (!complaint) return null;
  const { param, text, code } = complaint;
  const said = `${code} ${text}`;
  const isAbout = (field: string): boolean =>
    param === field || (param === null && new RegExp(`\\b${field}\\b`).test(text));
  if (UNSUPPORTED.test(said)) {
    if (request.temperature !== undefined && !plan.left.includes("temperature") && isAbout("temperature"))
      return { ...plan, left: [...plan.left, "temperature"] };
    if (request.seed !== undefined && !plan.left.includes("seed") && isAbout("seed"))
      return { ...plan, left: [...plan.left, "seed"] };
    if (plan.maxOutputTokens !== undefined && isAbout(plan.tokenField))
      return { ...plan, tokenField: otherField(plan.tokenField) };
  }
  const isFormat = ABOUT_FORMAT.test(`${param ?? ""} ${said}`);
  if (!isAuto || !isFormat || !(UNSUPPORTED.test(said) || BAD_SCHEMA.test(said))) return null;
  const schemaRefused = plan.schemaRefused || BAD_SCHEMA.test(said);
  if (plan.mode === "json_schema") return { ...plan, mode: "json_object", instruct: true, schemaRefused };
  if (plan.mode === "json_object") return { ...plan, mode: "none", instruct: true, schemaRefused };
  return null;
}

const otherField = (field: TokenField): TokenField =>
  field === "max_tokens" ? "max_completion_tokens" : "max_tokens";

/** Answers that are asked for again differ in what went wrong; more than two are not worth their price. */
const MOST_REPAIRS = 2;

/** The plan after an answer that cannot be used; null when it has been asked for often enough. */
export function repair(plan: Plan, wrong: "malformed" | "truncated"): Plan | null {
  if (plan.malformed + plan.truncated >= MOST_REPAIRS) return null;
  if (wrong === "malformed") return { ...plan, instruct: true, malformed: plan.malformed + 1 };
  const maxOutputTokens = plan.maxOutputTokens === undefined ? undefined : plan.maxOutputTokens * 2;
  return { ...plan, maxOutputTokens, truncated: plan.truncated + 1 };
}
