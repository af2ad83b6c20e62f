import type { Client } from "@modelcontextprotocol/client";
import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";

const color = process.stdout.isTTY && !process.env["NO_COLOR"];
/** In a colour, where this is a terminal that has them. */
export const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);

export const heading = (text: string) => console.log(`\n${paint(1, text)}`);

const printRows = (rows: readonly Json[]) => {
  for (const row of rows) console.log(`  ${JSON.stringify(row)}`);
};

/** One answer for the terminal: our own fields on a dim line, then the text and rows that came from the traces. */
function show(result: JsonObject): void {
  const { untrusted, ...own } = result;
  if (isJsonObject(untrusted)) {
    for (const [key, value] of Object.entries(untrusted)) {
      if (key === "nonce") continue;
      if (key === "columns") console.log(paint(2, `  ${JSON.stringify(value)}`));
      else if (key === "rows" && Array.isArray(value)) printRows(value);
      else if (isJsonObject(value) && Array.isArray(value["rows"])) {
        console.log(paint(2, `  ${key} ${JSON.stringify(value["columns"])}`));
        printRows(value["rows"]);
      } else if (typeof value !== "string") console.log(`  ${key}: ${JSON.stringify(value)}`);
      else console.log(value.includes("\n") ? value : `  ${key}: ${value}`);
    }
  }
  console.log(paint(2, JSON.stringify(own)));
}

/** Asks the server by one tool, and shows question, call and answer. */
export async function ask(
  client: Client,
  question: string,
  name: string,
  arguments_: JsonObject,
): Promise<JsonObject> {
  console.log(`\n${paint(36, `? ${question}`)}\n${paint(33, `> ${name} ${JSON.stringify(arguments_)}`)}`);
  const result = await client.callTool({ name, arguments: arguments_ });
  const value: unknown = result.structuredContent;
  if (result.isError || !isJsonObject(value))
    throw new Error(`${name} failed: ${JSON.stringify(result.content)}`);
  show(value);
  return value;
}

/** Waits for a job's end, however long the machine takes. */
export async function ended(client: Client, started: JsonObject): Promise<JsonObject> {
  for (let job = started; ; ) {
    const { jobId, state } = job;
    if (typeof jobId !== "string" || (state !== "running" && state !== "queued" && state !== "stopping"))
      return job;
    const result = await client.callTool({ name: "get_job", arguments: { jobId, waitSeconds: 20 } });
    const value: unknown = result.structuredContent;
    if (!isJsonObject(value)) throw new Error("get_job failed");
    job = value;
  }
}

/** Calls a tool and shows nothing. */
export const quietly = async (client: Client, name: string, arguments_: JsonObject): Promise<void> => {
  const { isError, content } = await client.callTool({ name, arguments: arguments_ });
  if (isError) throw new Error(`${name} failed: ${JSON.stringify(content)}`);
};
