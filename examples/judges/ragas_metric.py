#!/usr/bin/env python3
"""Any metric of ragas.metrics.collections as an Evalwright judge.

    pip install ragas openai "langchain-community<0.4"   # run with Ragas 0.4.3, which does not load beside a newer one

Copy this file into your repository and save a judge that names it:

    {"name": "ragas_faithfulness", "builtin": "command", "threshold": 0.8,
     "params": {"program": "evals/ragas_metric.py",
                "settings": {"metric": "Faithfulness", "model": "gpt-5-mini"},
                "env": ["OPENAI_API_KEY", "OPENAI_BASE_URL"], "timeoutMs": 120000}}

`settings.metric` is a class of ragas.metrics.collections, `settings.arguments` goes to its constructor;
`settings.model` and `settings.embeddingModel` are asked through the OpenAI client by metrics that need them. `python3`
must find Ragas; with a virtual environment, name a shell script instead that runs `exec .venv/bin/python THIS_FILE`.

Protocol: the item as one JSON object on standard input, one line `{"value", "rationale"}` on standard output. A score
that is not a number is "cannot tell". An exit code other than 0 is an error of the judge, never a verdict.
"""

import contextlib
import inspect
import json
import math
import sys


def fail(message):
    print(message, file=sys.stderr)
    sys.exit(3)


def text(value):
    return value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)


def sample(item):
    expected = item["expectations"]
    documents = [document["content"] for found in item["retrievals"] for document in found["documents"]]
    return {
        "user_input": text(item["inputs"]),
        "response": text(item["output"]),
        "reference": text(expected.get("answer")),
        "retrieved_contexts": [document for document in documents if document],
        "reference_contexts": expected.get("context"),
    }


def models_for(kind, settings):
    """The language and the embedding model, where the metric's constructor asks for them."""
    asked = inspect.signature(kind.__init__).parameters
    found = {}
    if "llm" in asked:
        from openai import AsyncOpenAI
        from ragas.llms import llm_factory

        found["llm"] = llm_factory(settings.get("model", "gpt-5-mini"), client=AsyncOpenAI())
    if "embeddings" in asked:
        from openai import AsyncOpenAI
        from ragas.embeddings.base import embedding_factory

        model = settings.get("embeddingModel", "text-embedding-3-small")
        found["embeddings"] = embedding_factory("openai", model=model, client=AsyncOpenAI(), interface="modern")
    return found


def main():
    item = json.load(sys.stdin)
    settings = item["settings"]
    try:
        from ragas.metrics import collections
    except ImportError as error:
        fail(f"Ragas cannot be loaded by {sys.executable} ({error}). Run: pip install ragas openai")
    name = settings.get("metric", "Faithfulness")
    kind = getattr(collections, name, None)
    if not inspect.isclass(kind):
        fail(f"ragas.metrics.collections has no {name}: set settings.metric to one of its classes")
    try:
        metric = kind(**models_for(kind, settings), **settings.get("arguments", {}))
        asked = inspect.signature(metric.ascore).parameters
        result = metric.score(**{key: value for key, value in sample(item).items() if key in asked})
    except Exception as error:
        fail(f"{name} failed: {type(error).__name__}: {error}")
    rationale = str(getattr(result, "reason", None) or "")
    if result.value is None or math.isnan(float(result.value)):
        return {"cannotTell": True, "rationale": rationale or "the score is not a number"}
    return {"value": float(result.value), "rationale": rationale}


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        verdict = main()
    print(json.dumps(verdict))
