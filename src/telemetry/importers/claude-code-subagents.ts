import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isJsonObject } from "../../model/json.ts";
import { isTooDeep, parseJson } from "../fields.ts";
import { type Row, readRow } from "./claude-code-row.ts";
import { splitLines } from "./json-lines.ts";
import { inspectPath, isFileFailure, readBytes } from "./open-file.ts";

const MAX_LINE = 256 << 20;
const AGENT_FILE = /^agent-(.+)\.jsonl$/;

/** The agent's id when the file holds a subagent's rows, else null. */
export const agentIdOfFile = (path: string): string | null => AGENT_FILE.exec(basename(path))?.[1] ?? null;

/** Where the transcript that started a subagent would be, in the present and the earlier layout of folders. */
export function transcriptOf(agentFile: string, sessionId: string | null): string[] {
  const folder = dirname(agentFile);
  const places: string[] = [];
  for (let place = folder; dirname(place) !== place; place = dirname(place)) {
    if (basename(place) === "subagents") places.push(`${dirname(place)}.jsonl`);
  }
  if (sessionId !== null) places.push(join(folder, `${sessionId}.jsonl`));
  return places;
}

/** Files of subagents by agent id: beside the transcript, in its `subagents` folder, in folders of workflows. */
export async function findAgentFiles(transcript: string): Promise<Map<string, string>> {
  const session = basename(transcript).replace(/\.jsonl$/, "");
  const files = new Map<string, string>();
  await collect(dirname(transcript), 0, files);
  await collect(join(dirname(transcript), session, "subagents"), 3, files);
  return files;
}

async function collect(folder: string, depth: number, into: Map<string, string>): Promise<void> {
  const found = await inspectPath(folder);
  if (found.kind !== "folder") return;
  let entries: { name: string; isDirectory(): boolean }[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    if (!isFileFailure(cause)) throw cause;
    return;
  }
  for (const entry of entries) {
    const agentId = agentIdOfFile(entry.name);
    if (agentId !== null) into.set(agentId, join(folder, entry.name));
    else if (entry.isDirectory() && depth > 0) await collect(join(folder, entry.name), depth - 1, into);
  }
}

/** The conversation rows of a subagent's file; lines that cannot be read are counted by `skip`. */
export async function readAgentRows(
  path: string,
  signal: AbortSignal,
  skip: (reason: string, line: number) => void,
): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { line, text } of splitLines(readBytes(path, signal), MAX_LINE)) {
    const value = text === null ? undefined : parseJson(text);
    if (!isJsonObject(value) || isTooDeep(value)) {
      skip("not valid JSON, in a subagent's file", line);
      continue;
    }
    const row = readRow(value, line);
    if (row !== null) rows.push(row);
  }
  return rows;
}

/** Session of the first row that names one. */
export async function sessionOfAgentFile(path: string, signal: AbortSignal): Promise<string | null> {
  const rows = splitLines(readBytes(path, signal), MAX_LINE);
  for await (const { text } of rows) {
    const value = text === null ? undefined : parseJson(text);
    if (isJsonObject(value) && typeof value["sessionId"] === "string") return value["sessionId"];
  }
  return null;
}
