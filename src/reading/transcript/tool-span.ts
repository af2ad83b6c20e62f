import type { Json } from "../../model/json.ts";
import type { SpanHead } from "../../model/span.ts";
import type { Keyring } from "./keys.ts";
import type { RowList } from "./ledger.ts";
import type { Draft, DraftTool, Origin, Source } from "./rows.ts";
import type { Thread } from "./thread.ts";

export interface ToolSpan {
  readonly head: SpanHead;
  readonly origin: Origin;
  readonly arguments: { readonly value: Json; readonly source: Source } | null;
  readonly result: { readonly value: Json; readonly source: Source } | null;
}

/** The model's call that a tool span carried out: by id, else by name and arguments, else by name alone. */
function callOf(rows: RowList, head: SpanHead, name: string, callKey: number): Draft | undefined {
  const byId = head.toolCallId ? rows.callById(head.toolCallId) : undefined;
  if (byId?.tool && !byId.tool.hasSpan) return byId;
  const open = rows
    .currentTurn()
    .filter(
      ({ tool }) =>
        tool &&
        !tool.hasSpan &&
        tool.name === name &&
        (tool.callId === null || head.toolCallId === null || tool.callId === head.toolCallId),
    );
  return (
    open.find(({ tool }) => tool?.callKey === callKey) ?? open.find(({ tool }) => tool?.answered === false)
  );
}

const newTool = (head: SpanHead, name: string, callKey: number): DraftTool => ({
  name,
  callId: head.toolCallId,
  arguments: null,
  answered: false,
  isError: false,
  durationUs: null,
  hasSpan: true,
  callKey,
  resultKey: null,
});

/** Brings a tool span into the transcript: joins the call that the model made, or makes a row of its own. */
export function takeToolSpan(rows: RowList, keys: Keyring, thread: Thread | undefined, span: ToolSpan): void {
  const { head, origin } = span;
  const name = head.toolName ?? head.name;
  const given = { type: "call" as const, id: head.toolCallId, name, arguments: span.arguments?.value ?? {} };
  const call = keys.mark(given);
  const known = callOf(rows, head, name, call.key);
  const row = known ?? rows.append(origin, { role: "tool", text: null, tool: newTool(head, name, call.key) });
  if (!row.tool) return;
  row.tool.hasSpan = true;
  row.tool.durationUs = head.endUs === null ? null : Math.max(0, head.endUs - head.startUs);
  row.tool.arguments ??= span.arguments?.source ?? null;
  row.spanId = head.spanId;
  rows.setCall(row, call.key, head.toolCallId);
  const failed = head.status === "error";
  const failure = head.statusMessage ?? head.errorType;
  const answer =
    span.result?.source ?? (failed && failure ? ({ from: "words", text: failure } as const) : null);
  if (answer === null && !failed) return;
  const result = keys.mark({
    type: "result",
    id: head.toolCallId,
    name,
    result: span.result?.value ?? failure,
    isError: failed,
  });
  rows.answer(row, answer, result.key, failed);
  if (failed) row.tool.isError = true;
  if (!known) thread?.tail.push({ mark: call, row, used: false });
  thread?.tail.push({ mark: result, row, used: false });
}
