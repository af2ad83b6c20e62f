#!/usr/bin/env python3
"""A Python assertion of promptfoo (`type: python`, `value: file://assert.py`) as an Evalwright judge.

Copy this file beside your promptfooconfig.yaml and run `evalwright import-tests promptfooconfig.yaml` again: it finds it,
and makes such a judge of each assertion of that kind:

    {"name": "assert", "builtin": "command",
     "params": {"program": "evals/promptfoo_assert.py", "settings": {"file": "evals/assert.py"}}}

`settings.file` is the assertion's file, from the root of the repository; `settings.function` its function, by default
`get_assert(output, context)`; `settings.config` goes to it as `context["config"]`.

Protocol: the item as one JSON object on standard input, one line `{"value" | "pass", "rationale"}` on standard output.
"""

import contextlib
import importlib.util
import json
import os
import sys

item = json.load(sys.stdin)
settings = item["settings"]
path = os.path.abspath(settings["file"])
sys.path.insert(0, os.path.dirname(path))
spec = importlib.util.spec_from_file_location("promptfoo_assertion", path)
module = importlib.util.module_from_spec(spec)
# What an assertion prints must not be read as the verdict.
with contextlib.redirect_stdout(sys.stderr):
    spec.loader.exec_module(module)
    assertion = getattr(module, settings.get("function", "get_assert"), None)
    if assertion is None:
        sys.exit(f"{settings['file']} has no function {settings.get('function', 'get_assert')}")
    inputs = item["inputs"] if isinstance(item["inputs"], dict) else {}
    output = item["output"] if isinstance(item["output"], str) else json.dumps(item["output"])
    context = {"vars": inputs, "config": settings.get("config", {}), "prompt": item["system"], "test": {"vars": inputs}}
    result = assertion(output, context)


def clamped(score):
    return min(1.0, max(0.0, float(score)))


if isinstance(result, bool):
    verdict = {"pass": result}
elif isinstance(result, (int, float)):
    verdict = {"value": clamped(result), "pass": result > 0}
else:
    passed = result.get("pass", result.get("pass_"))
    verdict = {"pass": bool(passed), "rationale": str(result.get("reason", ""))}
    if result.get("score") is not None:
        verdict["value"] = clamped(result["score"])
print(json.dumps(verdict))
