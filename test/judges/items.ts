import type { JudgedItem } from "../../src/model/judged-item.ts";

/** An item with the given fields; all else empty, the run went well. */
export const judgedItem = (fields: Partial<JudgedItem>): JudgedItem => ({
  inputs: null,
  output: null,
  system: null,
  conversation: [],
  toolCalls: [],
  tools: null,
  retrievals: [],
  state: null,
  expectations: {},
  run: {
    ok: true,
    error: null,
    durationMs: null,
    costUsd: null,
    inputTokens: null,
    outputTokens: null,
    steps: null,
    innerErrors: null,
  },
  ...fields,
});
