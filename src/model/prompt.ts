import { z } from "zod";
import { Json } from "./json.ts";

/** No `@` and no segment that a URL would fold away, so that `NAME@VERSION` is one reference everywhere. */
export const promptName = z
  .string()
  .max(120)
  .refine((name) => /^[A-Za-z0-9][\w.-]*(?:\/[A-Za-z0-9][\w.-]*)*$/.test(name), {
    error: "must be letters, digits, _ . - and /, each part beginning with a letter or digit",
  });

/** What a name of this form means is decided by the registry: the newest version. */
export const NEWEST = "latest";

export const promptAlias = z
  .string()
  .max(60)
  .refine((alias) => /^[a-z][a-z0-9_-]*$/.test(alias) && alias !== NEWEST, {
    error: `must be lower-case letters, digits, _ and -, a letter first, and not "${NEWEST}"`,
  });

export const VariableType = z.enum(["string", "number", "integer", "boolean", "array", "object", "any"]);
export type VariableType = z.infer<typeof VariableType>;

/** One `{{name}}` of a template; of `{{order.id}}` the name is `order`. */
export const PromptVariable = z.strictObject({
  type: VariableType.default("any"),
  /** Without a value and a default rendering is refused; what is not required is then replaced by nothing. */
  required: z.boolean().default(true),
  default: Json.optional(),
  description: z.string().max(500).optional(),
});
export type PromptVariable = z.infer<typeof PromptVariable>;

export const PromptMessage = z.strictObject({
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: z.string(),
});
export type PromptMessage = z.infer<typeof PromptMessage>;

/** What a version fixes and its hash covers. */
export const PromptContent = z.strictObject({
  /** A text, or the messages of a chat. */
  template: z.union([z.string(), z.array(PromptMessage).min(1).max(200)]),
  variables: z.record(z.string(), PromptVariable),
  /** Model, temperature and the like, as the application means them. */
  settings: z.record(z.string(), Json),
});
export type PromptContent = z.infer<typeof PromptContent>;

export interface PromptVersion {
  readonly name: string;
  /** 1-based; never reused. */
  readonly version: number;
  /** SHA-256 over the content; within a name equal hashes are one version. */
  readonly hash: string;
  readonly content: PromptContent;
  /** What its author said about the change. */
  readonly note: string | null;
  /** The version that it was made from. */
  readonly parent: number | null;
  readonly createdUs: number;
}
