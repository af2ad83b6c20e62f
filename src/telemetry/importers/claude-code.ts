import { isJsonObject, type Json, type JsonObject } from "../../model/json.ts";
import type { Message } from "../../model/message.ts";
import { textField } from "../fields.ts";
import { spanIdOf, traceIdOf } from "../synthetic.ts";
import { isPrompt, type Row, readRow, textOfRow } from "./claude-code-row.ts";
import { createRun, type Run } from "./claude-code-run.ts";
import {
  agentIdOfFile,
  findAgentFiles,
  readAgentRows,
  sessionOfAgentFile,
  transcriptOf,
} from "./claude-code-subagents.ts";
import { toolSpanId } from "./claude-code-tools.ts";
import type { Importer, Output, Source } from "./contract.ts";
import { inspectPath } from "./open-file.ts";

/** Rows that name a session or belong to one, by the types that transcripts begin with. */
function isRow(value: Json): boolean {
  if (!isJsonObject(value)) return false;
  const type = textField(value, "type");
  if (type === "summary") return textField(value, "leafUuid") !== null;
  if (type === "file-history-snapshot") return isJsonObject(value["snapshot"]);
  if (type === "user" || type === "assistant" || type === "system") {
    return textField(value, "sessionId") !== null && textField(value, "uuid") !== null;
  }
  return type === "queue-operation" && textField(value, "sessionId") !== null;
}

/**
 * Claude Code transcripts (~/.claude/projects/FOLDER/SESSION.jsonl): one session, a trace per prompt. Subagents'
 * rows, in the transcript or in files of their own, become nested agents of the trace that started them.
 */
export const claudeCodeImporter: Importer = {
  format: "claude-code",
  detect: (sample) => sample.values.some(isRow),
  read: readTranscript,
};

interface Turn {
  readonly main: Run;
  readonly first: Row;
  readonly sides: Map<string, { run: Run; first: Row }>;
  chars: number;
}

async function readTranscript(source: Source, output: Output): Promise<void> {
  const agentId = agentIdOfFile(source.path);
  if (agentId !== null) {
    const session = await sessionOfAgentFile(source.path, source.signal);
    for (const place of transcriptOf(source.path, session)) {
      if ((await inspectPath(place)).kind === "file") {
        return output.skip("a subagent's file: read with the transcript of its session");
      }
    }
  }
  const agentFiles = agentId === null ? await findAgentFiles(source.path) : new Map<string, string>();
  const chains = new Map<string, string>();
  let turn: Turn | null = null;
  for await (const record of source.records()) {
    if (!isJsonObject(record.value)) {
      output.skip("not a row of a transcript", record.line);
      continue;
    }
    const row = readRow(record.value, record.line);
    if (row === null) {
      countOther(record.value, record.line, output);
      continue;
    }
    const side = row.sidechain && agentId === null ? chainOf(row, chains) : null;
    if (side === null && startsTurn(row, turn)) {
      await emitTurn(turn, agentFiles, source, output);
      turn = startTurn(row, agentId, turn?.main.rest());
    }
    turn ??= startTurn(row, agentId);
    turn.chars += record.chars;
    if (side === null) turn.main.add(row);
    else addSide(turn, side, row, output);
  }
  await emitTurn(turn, agentFiles, source, output);
}

/** Rows beside the conversation are known and not part of it; others are of a type that we do not know. */
const BESIDE = new Set([
  "summary",
  "system",
  "attachment",
  "file-history-snapshot",
  "queue-operation",
  "progress",
  "last-prompt",
  "custom-title",
  "ai-title",
  "agent-name",
]);

function countOther(raw: JsonObject, line: number, output: Output): void {
  const type = textField(raw, "type") ?? "";
  if (BESIDE.has(type)) output.skip(`rows of type ${type}: not part of the conversation`, line);
  else if (type === "user" || type === "assistant") output.skip("a row without message or time", line);
  else output.skip("rows of an unknown type", line);
}

function startsTurn(row: Row, turn: Turn | null): boolean {
  if (!isPrompt(row)) return false;
  return turn === null || row.promptId === null || row.promptId !== turn.first.promptId;
}

function startTurn(row: Row, agentId: string | null, carried: Message[] = []): Turn {
  const traceId = traceIdOf("claude-code", row.promptId ?? row.uuid ?? `${row.sessionId}:${row.line}`);
  const tags: Record<string, string> = {};
  for (const [tag, key] of [
    ["cwd", "cwd"],
    ["git_branch", "gitBranch"],
    ["claude_code_version", "version"],
  ] as const) {
    const value = textField(row.raw, key);
    if (value !== null) tags[tag] = value.slice(0, 500);
  }
  const main = createRun(
    {
      traceId,
      spanId: spanIdOf(traceId, agentId === null ? "root" : `agent:${agentId}`),
      name: "claude_code.interaction",
      agentName: agentId === null ? "claude-code" : "subagent",
      sessionId: row.sessionId,
      tags,
    },
    row,
    carried,
  );
  return { main, first: row, sides: new Map(), chars: 0 };
}

/** A sidechain is named by its agent, in older versions by its first row. */
function chainOf(row: Row, chains: Map<string, string>): string {
  const parent = row.parentUuid === null ? undefined : chains.get(row.parentUuid);
  const chain = row.agentId ?? parent ?? row.uuid ?? String(row.line);
  if (row.uuid !== null) chains.set(row.uuid, chain);
  return chain;
}

function addSide(turn: Turn, chain: string, row: Row, output: Output): void {
  if (row.role === "assistant" && turn.main.hasCall(textField(row.message, "id") ?? "")) {
    output.skip("a model call that a sidechain repeats", row.line);
    return;
  }
  const side = turn.sides.get(chain) ?? {
    run: sideRun(turn.main.traceId, chain, row, null),
    first: row,
  };
  turn.sides.set(chain, side);
  side.run.add(row);
}

const sideRun = (traceId: string, chain: string, row: Row, agentType: string | null): Run =>
  createRun(
    {
      traceId,
      spanId: spanIdOf(traceId, `agent:${chain}`),
      name: `invoke_agent ${agentType ?? "subagent"}`,
      agentName: agentType ?? "subagent",
      sessionId: row.sessionId,
      tags: {},
    },
    row,
  );

async function emitTurn(
  turn: Turn | null,
  agentFiles: Map<string, string>,
  source: Source,
  output: Output,
): Promise<void> {
  if (turn === null || (turn.main.isEmpty() && turn.sides.size === 0)) return;
  const { main } = turn;
  const results = [main.finish(null)];
  const runs: Run[] = [main];
  for (const [chain, { run, first }] of turn.sides) {
    const tool = main.toolFor(first.agentId ?? chain, textOfRow(first));
    results.push(run.finish(tool === null ? main.spanId : toolSpanId(main.traceId, tool)));
    runs.push(run);
  }
  // Subagents may start others: each run that is read may name further files.
  for (let run = runs.shift(); run; run = runs.shift()) {
    for (const { agentId, toolId, agentType } of run.startedAgents()) {
      const path = agentFiles.get(agentId);
      if (path === undefined || turn.sides.has(agentId)) continue;
      agentFiles.delete(agentId);
      const rows = await readAgentRows(path, source.signal, output.skip);
      const [first] = rows;
      if (!first) continue;
      const nested = sideRun(main.traceId, agentId, { ...first, sessionId: turn.first.sessionId }, agentType);
      for (const row of rows) nested.add(row);
      results.push(nested.finish(toolSpanId(main.traceId, toolId)));
      runs.push(nested);
    }
  }
  await output.emit(
    { spans: results.flatMap((result) => result.spans), media: results.flatMap((result) => result.media) },
    turn.chars,
  );
}
