/** Tag of each trace of an evaluation's (or campaign's) run: its id. Traces without it are of real use. */
export const EVALUATION_TAG = "evalwright.evaluation";

/** Tag of such a trace: the example that was run. */
export const EXAMPLE_TAG = "evalwright.example";
