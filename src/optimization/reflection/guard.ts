import { cleanText } from "../../privacy/clean.ts";
import type { Candidate, Outcome, WorkOrder } from "../search/contract.ts";
import { type ComponentSpec, lengthLimit } from "./component-spec.ts";
import { type CopyIndex, findCopied } from "./copied.ts";
import { withoutDemonstrations } from "./demonstration-section.ts";
import { fixedLiterals, holdsLiteral, variablesAsWritten } from "./literals.ts";

export interface GuardOptions {
  /** Of every component of the seed. */
  readonly components: readonly ComponentSpec[];
  /** Of the training examples: `copyIndex(examples.map(examplePassages), seeds)`. */
  readonly training?: CopyIndex | undefined;
  /** Of the holdout, with seeds and training texts allowed; made where the holdout may be read. */
  readonly holdout?: CopyIndex | undefined;
}

/** What a refusal shows of a literal: the author's own words, kept short. */
const shown = (literal: string): string =>
  JSON.stringify(literal.length <= 60 ? literal : `${literal.slice(0, 57)}...`);

const listed = (literals: readonly string[]): string => {
  const first = literals.slice(0, 5).map(shown).join(", ");
  return literals.length > 5 ? `${first} and ${literals.length - 5} more` : first;
};

function missingLiterals(text: string, spec: ComponentSpec): string | null {
  const wanted = variablesAsWritten(spec.seed, spec.seed);
  const present = variablesAsWritten(text, spec.seed);
  const lost = wanted.filter((one) => !present.includes(one));
  if (lost.length > 0) return `lacks the variables ${listed(lost)}; put them back as they were`;
  const added = present.filter((one) => !wanted.includes(one)).length;
  if (added > 0)
    return `has ${added} variables that its seed has not; use ${wanted.length === 0 ? "none" : `only ${listed(wanted)}`}`;
  const gone = fixedLiterals(spec).filter((literal) => !holdsLiteral(text, literal));
  return gone.length > 0
    ? `lacks what must be kept: ${listed(gone)}; put it back, character by character`
    : null;
}

/** What the seed or the parent holds of hidden characters is theirs; more of them is the proposer's doing. */
const hiddenChars = (text: string): number => cleanText(text).removed;

type Check = (text: string, before: string, spec: ComponentSpec, options: GuardOptions) => string | null;

const CHECKS: readonly Check[] = [
  (text) => (text.trim() === "" ? "is empty; write a text" : null),
  (text, before, spec) => {
    const most = Math.max(hiddenChars(spec.seed), hiddenChars(before));
    return hiddenChars(text) > most ? "has control or invisible characters; leave them out" : null;
  },
  (text, _, spec) => {
    const most = lengthLimit(spec);
    return text.length > most
      ? `has ${text.length} characters and may have ${most}; shorten it by at least ${text.length - most}`
      : null;
  },
  (text, _, spec) => missingLiterals(withoutDemonstrations(text), spec),
  (text, _, __, { training }) => {
    const copied = training === undefined ? null : findCopied(withoutDemonstrations(text), training);
    return (
      copied &&
      `copies ${copied.words} words of a training case, from word ${copied.firstWord} on; write the rule behind the case, in other words`
    );
  },
  (text, _, __, { holdout }) => {
    const copied = holdout === undefined ? null : findCopied(text, holdout);
    return (
      copied &&
      `holds ${copied.words} words of the sealed holdout, from word ${copied.firstWord} on; take them out, and find out how they came there`
    );
  },
];

/**
 * Whether a candidate may be evaluated: null, or in words of ours why not, which component it is, and what to do. Texts
 * that equal the seed's pass. Checked are: nothing empty, no new hidden characters, the limit of characters, variables
 * and literals kept and none added, no copies of training cases (declared demonstrations apart) or of the holdout.
 */
export function checkCandidate<O extends Outcome>(
  candidate: Candidate,
  order: WorkOrder<O>,
  options: GuardOptions,
): string | null {
  const names = options.components.map(({ name }) => name);
  const given = Object.keys(candidate.components);
  const unknown = given.filter((name) => !names.includes(name)).length;
  if (unknown > 0)
    return `The candidate has ${unknown} components that the campaign has not; it has ${listed(names)}.`;
  for (const spec of options.components) {
    const text = candidate.components[spec.name];
    if (text === undefined) return `The component ${shown(spec.name)} is missing; give all of them.`;
    if (text === spec.seed) continue;
    const before = order.parent.candidate.components[spec.name] ?? spec.seed;
    for (const check of CHECKS) {
      const wrong = check(text, before, spec, options);
      if (wrong !== null) return `The component ${shown(spec.name)} ${wrong}.`;
    }
  }
  return null;
}
