import { canonicalJson } from "../../canonical.ts";
import type { RunRecord } from "../../evaluation/run-record.ts";
import type { Writer } from "../../judges/model/writer.ts";
import { argumentsText, valueText } from "../../reading/message-text.ts";

/** So often the same call is no second try any more. */
const REPEATED = 3;
const ERROR_CHARS = 300;

type Calls = RunRecord["evidence"]["toolCalls"];

const short = (text: string, writer: Writer): string => {
  const line = writer.clean(text).replaceAll(/\s+/g, " ").trim();
  return line.length <= ERROR_CHARS ? line : `${line.slice(0, ERROR_CHARS).toWellFormed()}...`;
};

function failedTools(calls: Calls, writer: Writer): string[] {
  const failed = Map.groupBy(
    calls.filter(({ isError }) => isError),
    ({ name }) => name,
  );
  return [...failed].map(([name, of]) => {
    const first = short(valueText(of[0]?.result ?? null), writer);
    return `tool ${writer.name(name)} failed ${of.length} of ${calls.filter((call) => call.name === name).length} times${first === "" ? "" : `, first: ${first}`}`;
  });
}

function repeatedCalls(calls: Calls, writer: Writer): string[] {
  const same = Map.groupBy(calls, (call) => `${call.name} ${canonicalJson(call.arguments)}`);
  return [...same.values()].flatMap((of) => {
    const [first] = of;
    if (first === undefined || of.length < REPEATED) return [];
    const call = `${writer.name(first.name)}(${short(argumentsText(first.arguments), writer)})`;
    return [`called ${of.length} times with the same arguments: ${call}`];
  });
}

/** What went wrong inside a run, one line each: words of ours around names and errors of the agent's tools. */
export function findingsOf({ evidence }: RunRecord, writer: Writer): readonly string[] {
  const { toolCalls, retrievals, innerErrors, cutOff } = evidence;
  const known = toolCalls.filter(({ isError }) => isError).length;
  const further = (innerErrors ?? 0) - known;
  const empty = retrievals.filter(({ documents }) => documents.length === 0).length;
  return [
    ...failedTools(toolCalls, writer),
    ...repeatedCalls(toolCalls, writer),
    ...(further > 0 ? [`${further} further steps failed inside the run`] : []),
    ...(cutOff ? ["the answer was cut off at a limit of tokens or steps"] : []),
    ...(empty > 0 ? [`${empty} of ${retrievals.length} searches found nothing`] : []),
  ];
}
