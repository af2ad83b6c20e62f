import { isJsonObject, type Json } from "../../model/json.ts";
import { type Assertion, type Mapped, type Mappers, negation, problem, stemOf } from "./checks.ts";
import { asNumber, asObject, asText, asTexts } from "./fields.ts";

const isName = (text: string | undefined): text is string =>
  text !== undefined && text !== "" && !/[*?]/.test(text);

const NO_NAMES = "that names tools by a pattern, or none";

const namesOf = (value: Json | undefined): readonly string[] | undefined => {
  const names = asTexts(value);
  return names?.every(isName) ? names : undefined;
};

function used(assertion: Assertion): Mapped {
  const { value, negated } = assertion;
  if (isJsonObject(value)) return counted(assertion);
  const tools = namesOf(value);
  if (!tools) return problem(NO_NAMES);
  return negated
    ? { stem: "tool_not_called", builtin: "tool_not_called", value: [...tools], param: "tools", merges: true }
    : { stem: "tool_called", builtin: "tool_called", value: [...tools], param: "tools", merges: true };
}

function counted(assertion: Assertion): Mapped {
  const fields = asObject(assertion.value);
  const name = asText(fields["name"] ?? fields["pattern"]);
  if (!isName(name)) return problem(NO_NAMES);
  const min = asNumber(fields["min"]) ?? 1;
  const max = asNumber(fields["max"]);
  if (max === 0 && min === 0)
    return assertion.negated
      ? { stem: "tool_called", builtin: "tool_called", value: [name], param: "tools", merges: true }
      : { stem: "tool_not_called", builtin: "tool_not_called", value: [name], param: "tools", merges: true };
  if (min < 1) return problem("that allows from none to some calls of a tool");
  return {
    stem: stemOf(assertion, "tool_called_times"),
    builtin: "tool_called",
    params: { minTimes: min, ...(max === undefined ? {} : { maxTimes: max }) },
    ...negation(assertion),
    value: [name],
    param: "tools",
  };
}

/** Steps as names of calls. */
const stepName = (step: Json): string | undefined =>
  asText(step) ?? asText(asObject(step)["name"] ?? asObject(step)["pattern"]);

function sequence(assertion: Assertion): Mapped {
  const { value } = assertion;
  const { steps = value, mode = "in_order" } = asObject(value);
  const names = Array.isArray(steps) ? steps.map(stepName) : [];
  if (names.length === 0 || !names.every(isName)) return problem(NO_NAMES);
  return {
    stem: stemOf(assertion, "tool_sequence"),
    builtin: "tool_sequence",
    params: { mode: mode === "exact" ? "exact" : "ordered", arguments: "ignored" },
    ...negation(assertion),
    value: names.filter(isName),
    param: "expected",
  };
}

function withArguments(assertion: Assertion): Mapped {
  const fields = asObject(assertion.value);
  const name = asText(fields["name"] ?? fields["pattern"]);
  const given = fields["args"] ?? fields["arguments"];
  if (!isName(name) || given === undefined) return problem(NO_NAMES);
  if (fields["defaults"] !== undefined || fields["ignore"] !== undefined)
    return problem("with defaults or ignore");
  return {
    stem: stemOf(assertion, "tool_arguments"),
    builtin: "tool_sequence",
    params: { mode: "superset", arguments: fields["mode"] === "exact" ? "exact" : "subset" },
    ...negation(assertion),
    value: [{ name, arguments: given }],
    param: "expected",
  };
}

function f1(assertion: Assertion): Mapped {
  const { value } = assertion;
  const names = typeof value === "string" ? value.split(",").map((one) => one.trim()) : namesOf(value);
  const tools = [...new Set(names ?? [])].filter(isName);
  if (tools.length === 0) return problem(NO_NAMES);
  return {
    stem: stemOf(assertion, "tool_call_f1"),
    builtin: "tool_call_f1",
    params: { arguments: "ignored" },
    threshold: assertion.threshold ?? 1,
    ...negation(assertion),
    value: tools,
    param: "expected",
  };
}

function stepCount(assertion: Assertion): Mapped {
  const { min, max, ...rest } = asObject(assertion.value);
  const most = asNumber(max);
  if (Object.keys(rest).length > 0 || min !== undefined || most === undefined)
    return problem("with a type, a pattern or a min");
  return {
    stem: stemOf(assertion, "steps"),
    builtin: "steps",
    threshold: most,
    ...negation(assertion),
  };
}

function errorSpans(assertion: Assertion): Mapped {
  const { value } = assertion;
  const fields = asObject(value);
  const most = asNumber(value) ?? asNumber(fields["max_count"]) ?? (value === undefined ? 0 : undefined);
  if (most === undefined || fields["pattern"] !== undefined || fields["max_percentage"] !== undefined)
    return problem("with a pattern or a percentage");
  return {
    stem: stemOf(assertion, "no_errors"),
    builtin: "no_errors",
    params: { maxErrors: most },
    ...negation(assertion),
  };
}

/** Assertions about the tool calls and steps of a run. */
export const toolChecks: Mappers = {
  "trajectory:tool-used": used,
  "trajectory:tool-sequence": sequence,
  "trajectory:tool-args-match": withArguments,
  "trajectory:step-count": stepCount,
  "tool-call-f1": f1,
  "trace-error-spans": errorSpans,
};
