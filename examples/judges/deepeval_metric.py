#!/usr/bin/env python3
"""Any single-turn metric of DeepEval as an Evalwright judge.

    pip install deepeval

Copy this file into your repository and save a judge that names it:

    {"name": "answer_relevancy", "builtin": "command",
     "params": {"program": "evals/deepeval_metric.py",
                "settings": {"metric": "AnswerRelevancyMetric", "arguments": {"threshold": 0.7}},
                "env": ["OPENAI_API_KEY"], "timeoutMs": 120000}}

`settings.metric` is a class of deepeval.metrics, `settings.arguments` goes to its constructor as it is. `python3` must
find DeepEval; with a virtual environment, name a shell script instead that runs `exec .venv/bin/python THIS_FILE`.

Protocol: the item as one JSON object on standard input, one line `{"value", "pass", "rationale"}` on standard output.
Values count 1 as best: the score of metrics of which less is better is turned around. An exit code other than 0 is an
error of the judge, never a verdict.
"""

import contextlib
import inspect
import json
import sys

# Their is_successful() asks for a score of at most the threshold.
LOWER_IS_BETTER = {"BiasMetric", "HallucinationMetric", "MisuseMetric", "ToxicityMetric"}


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


def main():
    item = json.load(sys.stdin)
    settings = item["settings"]
    try:
        from deepeval import metrics
        from deepeval.test_case import LLMTestCase, ToolCall
    except ImportError as error:
        fail(f"DeepEval cannot be loaded by {sys.executable} ({error}). Run: pip install deepeval")
    name = settings.get("metric", "AnswerRelevancyMetric")
    kind = getattr(metrics, name, None)
    if not inspect.isclass(kind):
        fail(f"deepeval.metrics has no {name}: set settings.metric to one of its classes")
    metric = kind(**settings.get("arguments", {}))
    metric.measure(test_case(item, LLMTestCase, ToolCall))
    if metric.score is None:
        return {"cannotTell": True, "rationale": str(metric.reason or "no score")}
    value = 1 - metric.score if name in LOWER_IS_BETTER else metric.score
    return {"value": value, "pass": bool(metric.is_successful()), "rationale": str(metric.reason or "")}


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        verdict = main()
    print(json.dumps(verdict))
