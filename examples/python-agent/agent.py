"""A small agent in Python without any package: it answers questions about a menu.

As a target of evaluations it reads one JSON input on stdin and writes one JSON answer on stdout. With --worker it
stays: one input a line, one answer a line, each with the id of its input.

Its instructions are text that an evaluation may replace (`prompts` in the input), and that it obeys by rules, so that
it needs no model and no key. Where OTEL_EXPORTER_OTLP_ENDPOINT is set it sends each run as a span (OTLP over HTTP, as
JSON): frameworks do that by themselves.
"""

import json
import os
import re
import secrets
import sys
import time
import urllib.request
from urllib.parse import unquote

SYSTEM_PROMPT = "You answer questions about the menu of a cafe. Use the tool `price_of`; be brief."

MENU = {"espresso": 2.5, "flat white": 3.8, "tea": 2.2, "scone": 3.0}


def price_of(item):
    return {"item": item, "price": MENU[item]} if item in MENU else {"error": "not on the menu"}


def answer(question, instructions):
    """The text of the answer and the tool calls that it took."""
    items = [item for item in MENU if item in question.lower()]
    calls = [{"name": "price_of", "arguments": {"item": item}, "result": price_of(item)} for item in items]
    if not calls:
        return "Sorry, that is not on the menu.", calls
    # A careless model adds nothing up unless it is told to.
    if len(calls) > 1 and re.search(r"add up|total", instructions, re.IGNORECASE):
        return f"That is {sum(call['result']['price'] for call in calls):.2f} together.", calls
    return ", ".join(f"{call['arguments']['item']} {call['result']['price']:.2f}" for call in calls), calls


def question_of(request):
    """The user's newest message, else the example's question."""
    users = [message for message in request["messages"] if message["role"] == "user"]
    if users:
        return users[-1]["content"]
    inputs = request["inputs"]
    return inputs if isinstance(inputs, str) else inputs.get("question", "")


def run(request):
    started = time.time_ns()
    instructions = request["prompts"].get("system", SYSTEM_PROMPT)
    question = question_of(request)
    text, calls = answer(question, instructions)
    send_span(request, started, instructions, question, text)
    return {
        "output": text,
        "messages": [{"role": "assistant", "content": text}],
        "toolCalls": calls,
        "usage": {"inputTokens": len(instructions + question) // 4, "outputTokens": len(text) // 4, "costUsd": 0},
    }


def send_span(request, started, instructions, question, text):
    endpoint = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    if not endpoint:
        return
    _, trace_id, parent_id, _ = request["traceparent"].split("-")

    def message(role, content):
        return json.dumps([{"role": role, "parts": [{"type": "text", "content": content}]}])

    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "menu",
        "gen_ai.conversation.id": request["sessionId"],
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": instructions}]),
        "gen_ai.input.messages": message("user", question),
        "gen_ai.output.messages": message("assistant", text),
    }
    span = {
        "traceId": trace_id,
        "spanId": secrets.token_hex(8),
        "parentSpanId": parent_id,
        "name": "invoke_agent menu",
        "kind": 1,
        "startTimeUnixNano": str(started),
        "endTimeUnixNano": str(time.time_ns()),
        "attributes": attribute_list(attributes),
    }
    resource = {"service.name": "menu-agent", **pairs(os.environ.get("OTEL_RESOURCE_ATTRIBUTES", ""))}
    body = {
        "resourceSpans": [
            {
                "resource": {"attributes": attribute_list(resource)},
                "scopeSpans": [{"scope": {"name": "menu-agent"}, "spans": [span]}],
            }
        ]
    }
    headers = {"content-type": "application/json", **pairs(os.environ.get("OTEL_EXPORTER_OTLP_HEADERS", ""))}
    post = urllib.request.Request(f"{endpoint}/v1/traces", json.dumps(body).encode(), headers)
    try:
        urllib.request.urlopen(post, timeout=5).close()
    except OSError as error:
        print(f"the span was not sent: {error}", file=sys.stderr)


def attribute_list(attributes):
    return [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]


def pairs(text):
    """`a=1,b=2` as OpenTelemetry's environment variables write it."""
    found = (pair.split("=", 1) for pair in text.split(",") if "=" in pair)
    return {key.strip(): unquote(value.strip()) for key, value in found}


def main():
    if "--worker" not in sys.argv:
        print(json.dumps(run(json.load(sys.stdin))))
        return
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], **run(request)}), flush=True)


if __name__ == "__main__":
    main()
