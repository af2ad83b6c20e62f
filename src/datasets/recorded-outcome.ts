import type { Context } from "../context.ts";
import { givenRun } from "../evaluation/recorded.ts";
import { recordedItem } from "../evaluation/recorded-item.ts";
import { itemOf } from "../evaluation/run-record.ts";
import { applyCodeJudge } from "../judges/apply-code.ts";
import { findBuiltin } from "../judges/catalogue.ts";
import { resolveJudge } from "../judges/resolve.ts";
import type { Example } from "../model/example.ts";
import { JudgeSpec } from "../model/judge.ts";
import type { JudgedItem } from "../model/judged-item.ts";

type Reading = Pick<Context, "store" | "project">;

/** The judge by code that decides an expectation without being asked. */
const BY_CODE: Readonly<Record<string, string>> = { answer: "exact_match", toolCalls: "tool_called" };
/** And the one that asks, of which it is not known yet what it would say. */
const ASKING: Readonly<Record<string, string>> = { facts: "correctness", guidelines: "example_guidelines" };

async function passes(name: string, item: JudgedItem): Promise<boolean | null> {
  const judge = findBuiltin(name);
  if (judge?.kind !== "code") return null;
  const outside = { defaultModel: null, models: null, repositoryRoot: null };
  const resolved = await resolveJudge(JudgeSpec.parse({ name }), outside);
  const { signal } = new AbortController();
  return (await applyCodeJudge(judge, resolved, item, { signal })).pass;
}

/** The trace or session where tool calls were seen; an answer alone shows none. */
async function itemFor({ store, project }: Reading, example: Example, name: string): Promise<JudgedItem> {
  const given = itemOf(example, givenRun(example.recorded));
  const { sessionId, traceId } = example.origin;
  if (name !== "toolCalls" || (sessionId === null && traceId === null)) return given;
  const where = traceId === null ? { sessionId: sessionId ?? "" } : { traceId };
  const found = await recordedItem(store, project.id, where);
  return found ? { ...found.item, expectations: example.expectations } : given;
}

/**
 * Whether what was recorded meets what is expected of it, and by which judge: a guard against expectations that the old
 * answer meets already. Where the judge would have to ask, only its name; what people complained of has failed for them.
 */
export async function recordedOutcome(context: Reading, example: Example): Promise<string> {
  const { recorded, expectations, role } = example;
  if (recorded === null) return "";
  const names = Object.keys(expectations);
  if (names.length === 0) return role === "failing" ? "no expectation yet" : "";
  const words: string[] = [];
  for (const name of names) {
    const [code, asking] = [BY_CODE[name], ASKING[name]];
    if (code !== undefined) {
      const pass = await passes(code, await itemFor(context, example, name));
      words.push(pass === null ? `${code} cannot tell` : `${pass ? "passes" : "fails"} ${code}`);
    } else if (asking !== undefined) words.push(`${asking} decides`);
  }
  return `${role === "failing" && names.includes("guidelines") ? "complained of; " : ""}${words.join("; ")}`;
}
