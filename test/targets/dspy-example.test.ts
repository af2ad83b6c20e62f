import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../src/runtime.ts";
import { loadTarget } from "../../src/targets/load.ts";
import { openTarget } from "../../src/targets/open.ts";
import { findRepository } from "../../src/targets/repository.ts";
import { startScriptedEndpoint } from "../scripted-endpoint.ts";
import { HOST, never, newFolder, request } from "./fixtures.ts";

// A Python that has DSPy: EVALWRIGHT_TEST_PYTHON, else python3.
const python = process.env["EVALWRIGHT_TEST_PYTHON"] ?? "python3";
const noPython = spawnSync("python3", ["--version"]).status !== 0;
const noDspy = spawnSync(python, ["-c", "import dspy"]).status !== 0;

/** As much of DSPy as the worker touches: a predictor answers with what it was told. */
const STAND_IN = `
import contextlib, copy

class Signature:
    instructions = ""
    def __init_subclass__(cls):
        cls.instructions = (cls.__doc__ or "").strip()
        cls.outputs = [name for name, field in vars(cls).items() if field == "output"]
    @classmethod
    def with_instructions(cls, text):
        made = type(cls.__name__, (cls,), {})
        made.instructions, made.outputs = text, cls.outputs
        return made

InputField = lambda **_: "input"
OutputField = lambda **_: "output"

class Prediction(dict):
    __getattr__ = dict.__getitem__

class Predict:
    def __init__(self, signature):
        self.signature = signature
    def __call__(self, **inputs):
        return Prediction({self.signature.outputs[0]: f"{self.signature.instructions} {inputs['message']}"})

class Module:
    def __call__(self, **inputs):
        return self.forward(**inputs)
    def named_predictors(self):
        return [(name, value) for name, value in vars(self).items() if isinstance(value, Predict)]
    def deepcopy(self):
        made = copy.copy(self)
        for name, value in self.named_predictors():
            setattr(made, name, Predict(value.signature))
        return made

class Tracker:
    def get_total_tokens(self):
        return {"lm": {"prompt_tokens": 3, "completion_tokens": 4}}

@contextlib.contextmanager
def track_usage():
    yield Tracker()

LM = lambda *_, **__: None
configure = lambda **_: print("a program may print")
`;

const RESPOND = "Answer the customer of a small shop. Be brief.";
const HARD = 'Answer in JSON: {"a": "{{b}}"} $& ```\n  indented\nlast';

function example(files: Readonly<Record<string, string>>): string {
  const root = newFolder(files);
  mkdirSync(join(root, "examples"));
  cpSync(join(packageRoot, "examples/dspy-agent"), join(root, "examples/dspy-agent"), { recursive: true });
  return root;
}

async function opened(root: string, env: NodeJS.ProcessEnv, interpreter = "python3") {
  const { spec } = await loadTarget("examples/dspy-agent/agent.yaml", await findRepository(root));
  if (spec.kind !== "worker") throw new Error("the example is a worker");
  const run = [interpreter, ...spec.run.slice(1)];
  const passed = { ...spec, run, env: [...spec.env, "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"] };
  const host = { ...HOST, PYTHONDONTWRITEBYTECODE: "1", ...env };
  const target = await openTarget(passed, { root, allowCommands: true, host, collector: null });
  onTestFinished(() => target[Symbol.asyncDispose]());
  return target;
}

describe.skipIf(noPython)("the DSPy example (skipped without python3)", () => {
  it("says what to do where DSPy is missing", async () => {
    const root = example({ "dspy/__init__.py": "raise ImportError('not here')" });
    const target = await opened(root, { PYTHONPATH: root });
    const { status, error } = await target.run(request({ message: "Hi" }), { signal: never });
    expect(status).not.toBe("ok");
    expect(error).toContain("pip install dspy");
  });

  it("gives predictors the instructions of a request, and only of that request", async () => {
    const root = example({ "dspy/__init__.py": STAND_IN });
    const target = await opened(root, { PYTHONPATH: root });
    const ask = (prompts: Record<string, string>) =>
      target.run(request({ message: "Hi" }, { prompts }), { signal: never });
    expect(await ask({ respond: HARD })).toMatchObject({
      status: "ok",
      output: `${HARD} Hi`,
      state: { instructions: { respond: HARD, classify: "Say what the customer's message is about." } },
      usage: { inputTokens: 3, outputTokens: 4 },
      ignored: { lines: 0 },
    });
    expect((await ask({})).output).toBe(`${RESPOND} Hi`);
    expect((await ask({ nobody: "x" })).error).toContain(
      "no predictor nobody; this program has classify, respond",
    );
    expect((await target.run(request("Hi"), { signal: never })).error).toContain("must be an object");
  });
});

describe.skipIf(noDspy)("the DSPy example with DSPy (skipped where EVALWRIGHT_TEST_PYTHON has none)", () => {
  it("sends the model the instructions of the request, and writes those that there are", async () => {
    await using endpoint = await startScriptedEndpoint({
      answer: ({ text }) => {
        const [field, value] = text.includes("field `[[ ## answer ## ]]`")
          ? ["answer", "Within 30 days."]
          : ["topic", "refund"];
        return `[[ ## ${field} ## ]]\n${value}\n\n[[ ## completed ## ]]`;
      },
    });
    const root = example({});
    const env = { DSPY_MODEL: "openai/scripted", DSPY_API_BASE: endpoint.url, HOME: root };
    const target = await opened(root, env, python);
    const asked = await target.run(request({ message: "May I return it?" }, { prompts: { respond: HARD } }), {
      signal: never,
    });
    expect(asked).toMatchObject({
      status: "ok",
      output: "Within 30 days.",
      state: { instructions: { respond: HARD } },
      usage: { inputTokens: expect.any(Number), outputTokens: expect.any(Number) },
    });
    // DSPy indents them where it quotes them.
    expect(endpoint.requests.at(-1)?.text).toContain('Answer in JSON: {"a": "{{b}}"} $& ```');
    const folder = join(root, "examples/dspy-agent");
    const args = ["worker.py", "program.py", "--instructions", "prompts"];
    const written = spawnSync(python, args, { cwd: folder, encoding: "utf8", env: { ...HOST, ...env } });
    expect(written.stdout).toBe("prompts/classify.md\nprompts/respond.md\n");
    expect(readFileSync(join(folder, "prompts/respond.md"), "utf8")).toBe(RESPOND);
  }, 120_000);
});
