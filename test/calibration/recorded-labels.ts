import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export const data = process.env["EVALWRIGHT_TEST_DATA"] ?? "";

export interface LabelledPair {
  readonly id: string;
  /** What items share. */
  readonly group: string;
  readonly text: string;
  readonly people: boolean;
  readonly judge: boolean;
}

const DevAiRow = z.object({
  judge: z.string(),
  task: z.string(),
  judgment: z.object({
    requirements: z.array(
      z.object({ requirement_id: z.number(), criteria: z.string(), satisfied: z.boolean().nullable() }),
    ),
  }),
});

/** DevAI (Zhuge et al. 2024, Agent-as-a-Judge): per requirement what people and the agent-judge said of GPT-Pilot's work. */
export function devAi(): LabelledPair[] {
  const rows = readFileSync(join(data, "devai/GPT-Pilot.jsonl"), "utf8").trim().split("\n");
  const parsed = rows.map((row) => DevAiRow.parse(JSON.parse(row)));
  const agent = new Map(
    parsed
      .filter(({ judge }) => judge === "agent")
      .flatMap(({ task, judgment }) =>
        judgment.requirements.map(
          ({ requirement_id, satisfied }) => [`${task}/${requirement_id}`, satisfied] as const,
        ),
      ),
  );
  return parsed
    .filter(({ judge }) => judge !== "agent")
    .flatMap(({ task, judgment }) =>
      judgment.requirements.flatMap(({ requirement_id, criteria, satisfied }) => {
        const judged = agent.get(`${task}/${requirement_id}`);
        const id = `${task}/${requirement_id}`;
        return satisfied === null || judged === null || judged === undefined
          ? []
          : [{ id, group: task, text: criteria, people: satisfied, judge: judged }];
      }),
    );
}

const VoteRow = z.object({
  id: z.string(),
  model_a: z.string(),
  human_winner: z.string(),
  judge_pick: z.string().nullable(),
});

/** yiqunchen/debias-llm-as-a-judge: whether one human vote, and one judge, preferred claude-opus-4. */
export function votes(judge: string): LabelledPair[] {
  const file = `claude-opus-4-20250514_vs_gemini-2.5-flash_${judge}.json`;
  const rows = z.array(VoteRow).parse(JSON.parse(readFileSync(join(data, "judge-vs-human", file), "utf8")));
  return rows.flatMap(({ id, model_a, human_winner, judge_pick }) => {
    if (judge_pick === null || !["A", "B"].includes(judge_pick)) return [];
    const opusIsA = model_a.startsWith("claude-opus");
    const people = (human_winner === "model_a") === opusIsA;
    return [{ id, group: id, text: `Pair ${id}`, people, judge: (judge_pick === "A") === opusIsA }];
  });
}

const hex = (text: string, digits: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);

/** One trace an item, those of one group in one session, as OTLP/JSON. */
function traceOf({ id, group, text }: LabelledPair, index: number) {
  const at = `${String(1_750_000_000_000 + index * 1_000)}000000`;
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } });
  return {
    traceId: hex(`${index}-${id}`, 32),
    spanId: hex(`${index}`, 16),
    name: "work",
    startTimeUnixNano: at,
    endTimeUnixNano: at,
    attributes: [
      attribute("session.id", group),
      attribute("input.value", text),
      attribute("output.value", "done"),
      attribute("openinference.span.kind", "AGENT"),
    ],
  };
}

export const traceIdOf = ({ id }: LabelledPair, index: number): string => hex(`${index}-${id}`, 32);

export interface LabelFiles {
  readonly traces: string;
  readonly people: string;
  readonly judge: string;
}

/** Files that a user would import: traces, people's labels, and the recorded verdicts of a judge. */
export function writeLabelFiles(
  folder: string,
  pairs: readonly LabelledPair[],
  labelled: readonly LabelledPair[] = pairs,
): LabelFiles {
  const files = {
    traces: join(folder, "traces.jsonl"),
    people: join(folder, "people.jsonl"),
    judge: join(folder, "judge.jsonl"),
  };
  const spans = pairs.map(traceOf);
  writeFileSync(
    files.traces,
    JSON.stringify({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: {}, spans }] }] }),
  );
  const has = new Set(labelled);
  const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join("\n");
  writeFileSync(
    files.people,
    lines(
      pairs.flatMap((pair, i) =>
        has.has(pair) ? [{ trace_id: traceIdOf(pair, i), passes: pair.people, annotator: "p" }] : [],
      ),
    ),
  );
  writeFileSync(
    files.judge,
    lines(pairs.map((pair, i) => ({ trace_id: traceIdOf(pair, i), judged: pair.judge }))),
  );
  return files;
}
