import type { Signal } from "../signal.ts";
import { abandonment } from "./abandonment.ts";
import { asksForPerson } from "./asks-for-person.ts";
import { caps } from "./caps.ts";
import { corrections } from "./corrections.ts";
import { cutOff } from "./cut-off.ts";
import { emptyAnswers } from "./empty-answers.ts";
import { errors } from "./errors.ts";
import { failedTools } from "./failed-tools.ts";
import { longWaits } from "./long-waits.ts";
import { loops } from "./loops.ts";
import { negativeFeedback } from "./negative-feedback.ts";
import { costly, manySteps, slow } from "./outliers.ts";
import { profanity } from "./profanity.ts";
import { refusals } from "./refusals.ts";
import { repeatedCalls } from "./repeated-calls.ts";
import { rephrased } from "./rephrased.ts";
import { retries } from "./retries.ts";
import { topicSwitches } from "./topic-switches.ts";

/** Raised when a signal finds other things than before. */
export const SIGNALS_REVISION = 1;

/** Every signal, what is nearest to a failure first. */
export const signals: readonly Signal[] = [
  negativeFeedback,
  errors,
  abandonment,
  asksForPerson,
  corrections,
  failedTools,
  retries,
  loops,
  repeatedCalls,
  rephrased,
  refusals,
  emptyAnswers,
  cutOff,
  profanity,
  caps,
  longWaits,
  topicSwitches,
  costly,
  slow,
  manySteps,
];
