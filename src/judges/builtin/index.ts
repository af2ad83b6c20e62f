import type { CodeJudge } from "../definition.ts";
import { bleu } from "./bleu.ts";
import { command } from "./command.ts";
import { contains } from "./contains.ts";
import { exactMatch } from "./exact-match.ts";
import { feedback } from "./feedback.ts";
import { finalState } from "./final-state.ts";
import { jsonFields } from "./json-fields.ts";
import { jsonSchema } from "./json-schema.ts";
import { jsonValid } from "./json-valid.ts";
import { language } from "./language.ts";
import { length } from "./length.ts";
import { noEscalation } from "./no-escalation.ts";
import { noRefusal } from "./no-refusal.ts";
import { noRepetition } from "./no-repetition.ts";
import { numericTolerance } from "./numeric-tolerance.ts";
import { regex } from "./regex.ts";
import { rouge } from "./rouge.ts";
import { cost, latency, noErrors, steps, tokens } from "./run-measures.ts";
import { stringDistance } from "./string-distance.ts";
import { toolCallF1, toolSequence } from "./tool-sequence.ts";
import { toolCalled, toolNotCalled, toolsAllowed } from "./tools-called.ts";
import { noUserCaps, noUserProfanity } from "./user-tone.ts";

/** Judges that are functions, in the order in which they are listed. */
export const codeJudges: readonly CodeJudge[] = [
  exactMatch,
  contains,
  regex,
  numericTolerance,
  jsonValid,
  jsonSchema,
  jsonFields,
  stringDistance,
  rouge,
  bleu,
  length,
  language,
  noRefusal,
  toolCalled,
  toolNotCalled,
  toolsAllowed,
  toolSequence,
  toolCallF1,
  finalState,
  feedback,
  noErrors,
  latency,
  cost,
  tokens,
  steps,
  noRepetition,
  noUserCaps,
  noUserProfanity,
  noEscalation,
  command,
];
