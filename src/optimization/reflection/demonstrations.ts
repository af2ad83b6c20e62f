import { tokensOf } from "../../llm/cost.ts";
import { hashRandom } from "../../statistics/random.ts";
import type { Outcome, Proposal, WorkOrder } from "../search/contract.ts";
import { type ComponentSpec, lengthLimit } from "./component-spec.ts";
import { fitsSection, withDemonstrations, withoutDemonstrations } from "./demonstration-section.ts";
import { variablesAsWritten } from "./literals.ts";
import { shinglesOf, similarity } from "./similarity.ts";
import type { TrainingRecord } from "./training-record.ts";

export interface DemonstrationOptions {
  readonly components: readonly ComponentSpec[];
  /** Of all draws. */
  readonly seed: string;
  /** Which component gets them; default: the first that the order asks for. */
  readonly component?: string | undefined;
  /** Demonstrations of each proposal, one proposal a number; 2 and 4 by default. */
  readonly counts?: readonly number[] | undefined;
  /** Tokens of one section; 1,500 by default. The component's limit of characters binds too. */
  readonly budgetTokens?: number | undefined;
  /** Least score of a good record; 1 by default. */
  readonly leastScore?: number | undefined;
}

interface Demonstration {
  readonly text: string;
  readonly shingles: ReadonlySet<string>;
}

const COUNTS: readonly number[] = [2, 4];
const BUDGET_TOKENS = 1_500;
/** More alike than this, a second one teaches nothing. */
const TOO_SIMILAR = 0.5;

const inset = (text: string): string => text.replaceAll("\n", "\n  ");

/** Braces would be taken for variables by whatever fills the prompt. */
function hasVariables(text: string, seed: string): boolean {
  return /\{\{|\}\}|\{%/.test(text) || variablesAsWritten(text, seed).length > 0;
}

function demonstrationOf(record: TrainingRecord, seed: string): Demonstration | null {
  const [input, output] = [record.input.join("\n"), record.output.join("\n")];
  if (input.trim() === "" || output.trim() === "" || record.cuts.length > 0) return null;
  const text = `Input: ${inset(input)}\nOutput: ${inset(output)}`;
  return fitsSection(text) && !hasVariables(text, seed) ? { text, shingles: shinglesOf(input) } : null;
}

interface Pick {
  readonly count: number;
  readonly tokens: number;
  readonly chars: number;
}

/** The first by chance, then each time the one least like those picked, as long as it fits. */
function picked(
  all: readonly Demonstration[],
  draw: number,
  { count, tokens, chars }: Pick,
): Demonstration[] {
  const chosen: Demonstration[] = [];
  let open = [...all];
  let left = tokens;
  let room = chars;
  while (chosen.length < count) {
    open = open.filter(({ text }) => tokensOf(text) + 1 <= left && text.length + 2 <= room);
    const likeness = (one: Demonstration): number =>
      Math.max(0, ...chosen.map((other) => similarity(one.shingles, other.shingles)));
    const first = chosen.length === 0 ? open[Math.floor(draw * open.length)] : undefined;
    const next = first ?? open.toSorted((a, b) => likeness(a) - likeness(b))[0];
    if (next === undefined || likeness(next) > TOO_SIMILAR) break;
    chosen.push(next);
    open = open.filter((one) => one !== next);
    left -= tokensOf(next.text) + 1;
    room -= next.text.length + 2;
  }
  return chosen;
}

/** Characters of the section's own lines. */
const SECTION_CHARS = 60;

/**
 * Proposals that add nothing but demonstrations to a component: inputs and outputs of good training records, unlike one
 * another, in a marked section at its end that takes the place of an earlier one. One proposal for each count, without
 * repeats; `failed` alone when no record will do. Deterministic in the seed, the order's iteration and its slot.
 */
export function demonstrationProposals<O extends Outcome>(
  order: WorkOrder<O>,
  pool: readonly TrainingRecord[],
  options: DemonstrationOptions,
): readonly Proposal[] {
  const { components, seed, counts = COUNTS, budgetTokens = BUDGET_TOKENS, leastScore = 1 } = options;
  const name = options.component ?? order.components[0];
  const spec = components.find((one) => one.name === name);
  if (spec === undefined) return [{ state: "failed", reason: "no component takes demonstrations" }];
  const present = order.parent.candidate.components[spec.name] ?? "";
  const best = new Map<string, TrainingRecord>();
  for (const record of pool)
    if (record.status === "ok" && (record.score ?? 0) >= leastScore && !best.has(record.exampleId))
      best.set(record.exampleId, record);
  const good = [...best.values()]
    .toSorted((a, b) => (a.exampleId < b.exampleId ? -1 : 1))
    .map((record) => demonstrationOf(record, spec.seed))
    .filter((one) => one !== null);
  const chars = lengthLimit(spec) - withoutDemonstrations(present).length - SECTION_CHARS;
  const proposals = new Map<string, Proposal>();
  for (const [i, count] of counts.entries()) {
    const draw = hashRandom(seed, `demonstrations:${order.iteration}:${order.slot}`, i);
    const chosen = picked(good, draw, { count, tokens: budgetTokens, chars });
    if (chosen.length === 0) continue;
    const text = withDemonstrations(present, chosen.map((one) => one.text).join("\n\n"));
    const hypothesis = `${chosen.length} demonstrations of good work, from training cases, show what the instructions do not say.`;
    proposals.set(text, { state: "proposed", components: { [spec.name]: text }, code: null, hypothesis });
  }
  if (proposals.size > 0) return [...proposals.values()];
  const reason =
    good.length === 0
      ? "no training case was done well enough to be shown"
      : "no demonstration fits the limit of length";
  return [{ state: "failed", reason }];
}
