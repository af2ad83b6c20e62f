import { tokensOf } from "../../llm/cost.ts";
import type { LlmRequest } from "../../llm/llm.ts";
import type { JsonObject } from "../../model/json.ts";
import type { Cut } from "../../model/verdict.ts";
import { fillPrompt } from "../../prompts.ts";
import { readAnswerObject } from "./answer-object.ts";
import { type ComponentSpec, lengthLimit } from "./component-spec.ts";
import { materialOf, orderText, quotedName, type ReflectiveOrder } from "./material.ts";

export interface ReflectionOptions {
  readonly components: readonly ComponentSpec[];
  /**
   * Tokens of what is shown beside the present texts, which are never cut: lineage, refused edits, cases. 12,000 by
   * default, at least 1,000.
   */
  readonly budgetTokens?: number | undefined;
  /** `fenced` for endpoints that cannot be held to JSON; `json` by default. */
  readonly form?: "json" | "fenced" | undefined;
  /** 4,000, and what the longest texts allowed take, by default: room for a model that thinks before it writes. */
  readonly maxOutputTokens?: number | undefined;
}

export interface Reflection {
  readonly request: LlmRequest;
  /** What of the order the model is not shown. */
  readonly cuts: readonly Cut[];
}

const BUDGET_TOKENS = 12_000;
const LEAST_TOKENS = 1_000;
const THINKING_TOKENS = 4_000;
const CHARS_PER_TOKEN = 4;
/** Of output: texts in JSON take more than prose. */
const OUTPUT_CHARS_PER_TOKEN = 3;

function answerSchema(names: readonly string[]): JsonObject {
  return {
    type: "object",
    properties: {
      hypothesis: { type: "string" },
      components: {
        type: "object",
        properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
        required: [...names],
        additionalProperties: false,
      },
    },
    required: ["hypothesis", "components"],
    additionalProperties: false,
  };
}

/** The largest text of the order that is, beside the present texts, within the budget. */
function fitted(order: ReflectiveOrder, options: ReflectionOptions) {
  const material = materialOf(order, options.components);
  const budget = Math.max(LEAST_TOKENS, options.budgetTokens ?? BUDGET_TOKENS);
  const present = order.components.reduce(
    (sum, name) => sum + tokensOf(order.parent.candidate.components[name] ?? ""),
    0,
  );
  let rest = budget * CHARS_PER_TOKEN;
  for (;;) {
    const shown = orderText(material, { text: Infinity, rest });
    const tokens = tokensOf(shown.text) - present;
    if (tokens <= budget || rest < 1) return { ...shown, code: material.code };
    rest = Math.floor(rest * Math.min(0.9, budget / tokens));
  }
}

/** Proposals of one step are written from the same cases, each without knowledge of the others. */
const slotLine = (slot: number): string =>
  slot === 0
    ? ""
    : `\n\nSeveral proposals are written apart from one another from what is shown above. Yours is number ${slot + 1}: if there is more than one cause, take the one that is number ${slot + 1} in importance.`;

/**
 * What a reflection model is asked for one order: new texts for its components, with a hypothesis. Everything that came
 * from cases, models or the texts themselves is fenced by a code that none of it holds. Media are named, not sent.
 */
export function reflectionRequest(order: ReflectiveOrder, options: ReflectionOptions): Reflection {
  const { form = "json", components } = options;
  const { text, cuts, code } = fitted(order, options);
  const names = order.components.map(quotedName).join(", ");
  const answer =
    form === "json"
      ? fillPrompt("optimization/answer-json", { names })
      : fillPrompt("optimization/answer-fenced", { names, code });
  const limits = order.components.map((name) => {
    const present = order.parent.candidate.components[name] ?? "";
    const spec = components.find((one) => one.name === name);
    return spec === undefined ? present.length * 2 : Math.max(present.length, lengthLimit(spec));
  });
  const longest = limits.reduce((sum, limit) => sum + limit, 0);
  return {
    request: {
      messages: [
        { role: "system", parts: [{ type: "text", text: fillPrompt("optimization/reflect", { answer }) }] },
        {
          role: "user",
          parts: [
            {
              type: "text",
              text: `${text}${slotLine(order.slot)}\n\nEnd of ${code}. Write now, as you were told before it.`,
            },
          ],
        },
      ],
      ...(form === "json"
        ? {
            answer: {
              name: "proposal",
              schema: answerSchema(order.components),
              accepts: (value) => readAnswerObject(value) !== null,
              whole: true,
            },
          }
        : {}),
      maxOutputTokens:
        options.maxOutputTokens ?? THINKING_TOKENS + Math.ceil(longest / OUTPUT_CHARS_PER_TOKEN),
    },
    cuts,
  };
}
