#!/usr/bin/env python3
"""Any DSPy program as a worker target of Evalwright, whose predictors' instructions evaluations may replace.

    pip install dspy

Copy this file beside your program and name both in a target file (agent.yaml beside this one):

    run: [.venv/bin/python, -u, worker.py, program.py]

`program.py` has a function `build()` that configures a model and returns the program. An example's inputs are the
program's own arguments. `prompts` of a request are instructions by the name of their predictor, as named_predictors()
has it: {"respond": "Answer the customer ..."}. Every other predictor keeps its own.

    python worker.py program.py --instructions prompts/

writes the instructions of each predictor to a file (prompts/respond.md), to be saved as prompts and improved.

What was really used stands under `state.instructions` of each answer: so Evalwright sees that the program takes the
instructions it is given. DSPy itself takes blank lines at both ends, and indentation that all further lines share, off
instructions (inspect.cleandoc); all else arrives as it is.
"""

import contextlib
import importlib.util
import json
import pathlib
import sys


def fail(message):
    print(message, file=sys.stderr)
    sys.exit(3)


try:
    import dspy
except ImportError as error:
    fail(
        f"DSPy cannot be imported by {sys.executable}: {error}. Run pip install dspy for this Python, or name the Python "
        "that has it in the target file's run, e.g. [.venv/bin/python, -u, worker.py, program.py]."
    )


def load(path):
    file = pathlib.Path(path).resolve()
    # What the program imports may lie beside it.
    sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location("evalwright_program", file)
    if spec is None or not file.is_file():
        fail(f"There is no Python file {path}.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "build"):
        fail(f"{path} has no function build() that returns the program.")
    return module.build()


def instructions_of(program):
    return {name: predictor.signature.instructions for name, predictor in program.named_predictors()}


def instructed(program, prompts):
    """A copy with the instructions given; the program itself stays as it is for the next request."""
    known = instructions_of(program)
    unknown = [name for name in prompts if name not in known]
    if unknown:
        raise ValueError(f"no predictor {', '.join(unknown)}; this program has {', '.join(known)}")
    copy = program.deepcopy()
    for name, predictor in copy.named_predictors():
        if name in prompts:
            predictor.signature = predictor.signature.with_instructions(prompts[name])
    return copy


def plain(value):
    """Fields as JSON: what JSON has not (dates, models of pydantic) as text."""
    return json.loads(json.dumps(value, default=str))


def output_of(prediction):
    """One field as it is, several as an object; the reasoning of ChainOfThought is no part of the answer."""
    fields = {name: value for name, value in prediction.items() if name != "reasoning"}
    return plain(next(iter(fields.values())) if len(fields) == 1 else fields)


def usage_of(tracker):
    totals = tracker.get_total_tokens().values()
    return {
        "inputTokens": sum(used.get("prompt_tokens") or 0 for used in totals),
        "outputTokens": sum(used.get("completion_tokens") or 0 for used in totals),
    }


def run(program, request):
    inputs = request["inputs"]
    if not isinstance(inputs, dict):
        raise ValueError("the example's inputs must be an object with the program's arguments")
    current = instructed(program, request["prompts"])
    with dspy.track_usage() as tracker:
        prediction = current(**inputs)
    return {
        "output": output_of(prediction),
        "state": {"instructions": instructions_of(current)},
        "usage": usage_of(tracker),
    }


def answer(program, line):
    request = json.loads(line)
    try:
        # What a program prints is no answer.
        with contextlib.redirect_stdout(sys.stderr):
            result = run(program, request)
    except Exception as error:  # a failed run is an answer, and is scored as one
        result = {"error": f"{type(error).__name__}: {error}"}
    return {"id": request["id"], **result}


def write_instructions(program, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in instructions_of(program).items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
        print(f"{folder / name}.md")


def main():
    if len(sys.argv) not in (2, 4) or (len(sys.argv) == 4 and sys.argv[2] != "--instructions"):
        fail("Usage: worker.py PROGRAM.py [--instructions FOLDER]")
    with contextlib.redirect_stdout(sys.stderr):
        program = load(sys.argv[1])
    if len(sys.argv) == 4:
        write_instructions(program, pathlib.Path(sys.argv[3]))
        return
    for line in sys.stdin:
        print(json.dumps(answer(program, line)), flush=True)


if __name__ == "__main__":
    main()
