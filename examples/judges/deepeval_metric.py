#!/usr/bin/env python3
"""Any single-turn metric of DeepEval as an Evalwright judge.

    pip install deepeval   # run with 4.3.1 and 3.9.9, whose scores of bias and the like go the other way

Copy this file into your repository and save a judge that names it:

    {"name": "answer_relevancy", "builtin": "command",
     "params": {"program": "evals/deepeval_metric.py",
                "settings": {"metric": "AnswerRelevancyMetric", "arguments": {"threshold": 0.7}},
                "env": ["OPENAI_API_KEY", "OPENAI_BASE_URL"], "timeoutMs": 120000}}

`settings.metric` is a class of deepeval.metrics, `settings.arguments` goes to its constructor: `model` says which model is
asked, `evaluation_params` of GEval are names such as "actual_output". List OPENAI_BASE_URL only where it is set. `python3`
must find DeepEval; with a virtual environment, name a shell script instead that runs `exec .venv/bin/python THIS_FILE`.

Protocol: the item as one JSON object on standard input, one line `{"value", "pass", "rationale"}` on standard output.
Values count 1 as best: the score of metrics of which less is better is turned around. An exit code other than 0 is an
error of the judge, never a verdict.
"""

import contextlib
import copy
import inspect
import json
import os
import sys

# It would report each run, and make a folder in the repository.
os.environ.setdefault("DEEPEVAL_TELEMETRY_OPT_OUT", "1")


def fail(message):
    print(message, file=sys.stderr)
    sys.exit(3)


def text(value):
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)


def tool_calls(calls, tool_call):
    named = [{"name": call} if isinstance(call, str) else call for call in calls or []]
    return [tool_call(name=call["name"], input_parameters=call.get("arguments") or None) for call in named]


def test_case(item, test_case_type, tool_call):
    expected = item["expectations"]
    documents = [document["content"] for found in item["retrievals"] for document in found["documents"]]
    return test_case_type(
        input=text(item["inputs"]),
        actual_output=text(item["output"]),
        expected_output=text(expected.get("answer")),
        context=expected.get("context"),
        retrieval_context=[document for document in documents if document] or None,
        tools_called=tool_calls(item["toolCalls"], tool_call),
        expected_tools=tool_calls(expected.get("toolCalls"), tool_call),
    )


def arguments_for(settings, test_cases):
    """The constructor's arguments; what GEval looks at is an enumeration there, under either of its names."""
    arguments = dict(settings.get("arguments", {}))
    params = getattr(test_cases, "SingleTurnParams", None) or getattr(test_cases, "LLMTestCaseParams", None)
    if params and "evaluation_params" in arguments:
        arguments["evaluation_params"] = [params(name) for name in arguments["evaluation_params"]]
    return arguments


def is_lower_better(metric):
    """Whether it passes at 0 and not at 1: BiasMetric and others until DeepEval 3."""

    def passes(score):
        probe = copy.copy(metric)
        probe.score, probe.error = score, None
        return bool(probe.is_successful())

    return passes(0) and not passes(1)


def main():
    item = json.load(sys.stdin)
    settings = item["settings"]
    try:
        from deepeval import metrics, test_case as test_cases
    except ImportError as error:
        fail(f"DeepEval cannot be loaded by {sys.executable} ({error}). Run: pip install deepeval")
    name = settings.get("metric", "AnswerRelevancyMetric")
    kind = getattr(metrics, name, None)
    if not inspect.isclass(kind):
        fail(f"deepeval.metrics has no {name}: set settings.metric to one of its classes")
    try:
        metric = kind(**arguments_for(settings, test_cases))
        metric.measure(test_case(item, test_cases.LLMTestCase, test_cases.ToolCall))
    except Exception as error:
        fail(f"{name} failed: {type(error).__name__}: {error}")
    if metric.score is None:
        return {"cannotTell": True, "rationale": str(metric.reason or "no score")}
    passed = metric.is_successful()
    value = 1 - metric.score if is_lower_better(metric) else metric.score
    verdict = {"value": value, "rationale": str(metric.reason or "")}
    return verdict if passed is None else {**verdict, "pass": bool(passed)}


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        verdict = main()
    print(json.dumps(verdict))
