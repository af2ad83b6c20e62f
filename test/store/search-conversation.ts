import { MINUTE_US, NOW_US, type openSearchFixture, traceIdOf } from "./search-fixture.ts";

const HOUR_US = 60 * MINUTE_US;

/**
 * a: failed refund in session s1, rich. b: a good one in s1. c: alone, with almost nothing. d: never rolled up.
 * e: of another project.
 */
export function seedConversation(store: ReturnType<typeof openSearchFixture>): void {
  store.addSession("s1", {
    turns: 2,
    status: "error",
    duration_us: 3 * MINUTE_US,
    cost_usd: 0.5,
    input_tokens: 900,
    output_tokens: 100,
    errors: 2,
    user_id: "u1",
    tags: JSON.stringify({ reward: "0.5", 'odd "key"': "yes" }),
    start_us: NOW_US - 2 * HOUR_US,
    end_us: NOW_US,
    input_preview: "I want 100% back",
    models: '["gpt-5-mini"]',
  });
  store.addTrace({
    session: "s1",
    row: {
      name: "a",
      status: "error",
      service: "svc",
      start_us: NOW_US - 2 * HOUR_US,
      end_us: NOW_US - 2 * HOUR_US + 20_000_000,
      duration_us: 20_000_000,
      user_id: "u1",
      release: "1.4",
      commit_sha: "9f2c1e",
      cost_usd: 0.06,
      input_tokens: 12_000,
      output_tokens: 300,
      cache_read_tokens: 7,
      reasoning_tokens: 9,
      spans: 3,
      llm_calls: 1,
      tool_calls: 1,
      errors: 2,
      input_preview: "I want 100% back",
      output_preview: "Sorry_no",
      error_preview: "Card 4711 declined",
      models: '["gpt-5-mini"]',
      prompts: '[{"name":"support","version":"7"}]',
      tags: '{"release":"1.4"}',
      findings: '[{"code":"truncated_json","detail":"x"}]',
    },
    facets: [
      ["model", "gpt-5-mini"],
      ["tool", "refund"],
      ["tool", "lookup"],
      ["agent", "triage"],
      ["service", "svc"],
      ["prompt", "support"],
      ["prompt", "support@7"],
      ["kind", "agent"],
      ["kind", "llm"],
      ["kind", "tool"],
      ["finding", "truncated_json"],
      ["error_type", "CardError"],
      ["tag.release", "1.4"],
      ["tag.score", "2.50"],
      ['tag.odd "key"', "it's"],
    ],
    spans: [
      {
        name: "root",
        kind: "agent",
        status: "error",
        status_message: "Card 4711 declined",
        agent_name: "triage",
      },
      {
        name: "chat",
        kind: "llm",
        model: "gpt-5-mini",
        provider: "openai",
        service: "svc",
        finish_reasons: '["length"]',
        time_to_first_token_ms: 900,
        input_tokens: 12_000,
        output_tokens: 300,
        cache_read_tokens: 7,
        reasoning_tokens: 9,
        cost_usd: 0.06,
        end_us: NOW_US + 1_000_000,
        tags: '{"step":"2"}',
        text: "please refund the Müller order",
      },
      {
        name: "execute_tool refund",
        kind: "tool",
        tool_name: "refund",
        status: "error",
        error_type: "CardError",
        text: "order 4711 amount",
        output_text: "card was declined",
      },
    ],
  });
  store.addTrace({
    session: "s1",
    row: {
      name: "b",
      status: "ok",
      service: "svc",
      start_us: NOW_US - HOUR_US,
      end_us: NOW_US,
      duration_us: 2_000_000,
      user_id: "u1",
      cost_usd: 0.01,
      input_tokens: 10,
      spans: 1,
      errors: 0,
    },
    facets: [
      ["tool", "lookup"],
      ["kind", "tool"],
      ["tag.release", "1.5"],
    ],
    spans: [
      { name: "execute_tool lookup", kind: "tool", tool_name: "lookup", output_text: "thank you kindly" },
    ],
  });
  store.addTrace({ row: { name: "c", start_us: NOW_US - 48 * HOUR_US } });
  store.addTrace({ row: { name: "d", start_us: null }, facets: [["tool", "refund"]] });
  store.addTrace({ row: { name: "e", project: 2 } });
  const onA = { trace_id: traceIdOf(1) };
  store.addAssessment({ name: "thumbs", value: "false", source: "end_user", ...onA });
  store.addAssessment({ name: "rating", value: "2", ...onA, span_id: Buffer.alloc(8, 2) });
  store.addAssessment({ name: "rating", value: "5", ...onA, superseded_by: "x" });
  store.addAssessment({ name: "kind", value: '"wrong \\"tool\\""', trace_id: traceIdOf(2) });
  store.addAssessment({ name: "solved", value: "true", session_id: "s1", source: "code" });
  store.addAssessment({ kind: "expectation", name: "answer", value: '"Refund it"', ...onA });
}
