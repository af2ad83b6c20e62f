/** As providers and frameworks write it that a model had no more tokens, or an agent no more steps. */
const TOKENS = /^(?:length|max_?(?:output_?)?tokens|max_tokens_reached|token_limit|model_length)$/i;
const STEPS = /^(?:max|maximum)_?(?:turns|steps|iterations|tool_?calls)(?:_(?:reached|exceeded))?$/i;

/** Whether a model call ended at its limit of tokens. */
export const endedAtTokens = (finishReasons: readonly string[]): boolean =>
  finishReasons.some((reason) => TOKENS.test(reason));

/** Whether it ended at a limit of tokens or of steps: what it said may lack its end. */
export const endedAtLimit = (finishReasons: readonly string[]): boolean =>
  endedAtTokens(finishReasons) || finishReasons.some((reason) => STEPS.test(reason));
