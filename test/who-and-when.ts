import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Run = z.object({
  question: z.string(),
  ground_truth: z.string(),
  history: z.array(z.object({ content: z.string(), name: z.string() })).min(1),
  mistake_agent: z.string(),
  mistake_step: z.coerce.number(),
});

/** A failed run of several agents, with the mistake that people found to decide it. */
export type FailedRun = z.infer<typeof Run>;

/**
 * The 126 runs of Who&When whose agents an algorithm made up (ag2ai/Agents_Failure_Attribution, MIT; Zhang et al. 2025,
 * arXiv 2505.00212); null without EVALWRIGHT_TEST_DATA.
 */
export function readFailedRuns(): readonly FailedRun[] | null {
  const folder = process.env["EVALWRIGHT_TEST_DATA"];
  const path = folder ? join(folder, "who-and-when", "algorithm-generated.jsonl") : null;
  if (path === null || !existsSync(path)) return null;
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((line) => line.trim() !== "").map((line) => Run.parse(JSON.parse(line)));
}

const hex = (text: string, digits: number) =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);

export const traceIdOfRun = (run: number): string => hex(`run ${run}`, 32);
export const spanIdOfStep = (run: number, step: number): string => hex(`run ${run} step ${step}`, 16);

/** Code that was run and failed says so like this. */
export const isFailure = (content: string): boolean => /^exitcode: [1-9]/.test(content.trim());

const said = (role: string, content: string) =>
  JSON.stringify([{ role, parts: [{ type: "text", content }] }]);

/** In these runs the agent that is none: it runs the code that the step before wrote, and answers with its output. */
export const TERMINAL = "Computer_terminal";

/** A run as one OTLP request: below its root one span a step, of an agent or of the terminal as a tool. */
export function otlpOf({ question, history }: Pick<FailedRun, "question" | "history">, run: number): string {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const traceId = traceIdOfRun(run);
  const nanos = (step: number) =>
    String(1_760_000_000_000_000_000n + BigInt(run * 10_000 + step) * 1_000_000_000n);
  const root = hex(`run ${run} root`, 16);
  const steps = history.map(({ name, content }, step) => ({
    traceId,
    spanId: spanIdOfStep(run, step),
    parentSpanId: root,
    name: `${name === TERMINAL ? "execute_tool" : "invoke_agent"} ${name}`,
    startTimeUnixNano: nanos(step),
    endTimeUnixNano: nanos(step + 1),
    status: isFailure(content) ? { code: 2, message: content.slice(0, 200) } : { code: 1 },
    attributes:
      name === TERMINAL
        ? [
            attribute("gen_ai.operation.name", "execute_tool"),
            attribute("gen_ai.tool.name", name),
            attribute(
              "gen_ai.tool.call.arguments",
              JSON.stringify({ code: history[step - 1]?.content ?? "" }),
            ),
            attribute("gen_ai.tool.call.result", content),
          ]
        : [
            attribute("gen_ai.operation.name", "invoke_agent"),
            attribute("gen_ai.agent.name", name),
            attribute("gen_ai.output.messages", said("assistant", content)),
          ],
  }));
  const whole = {
    traceId,
    spanId: root,
    name: "team",
    startTimeUnixNano: nanos(0),
    endTimeUnixNano: nanos(history.length + 1),
    status: { code: 1 },
    attributes: [
      attribute("gen_ai.operation.name", "invoke_agent"),
      attribute("gen_ai.agent.name", "team"),
      attribute("gen_ai.input.messages", said("user", question)),
      attribute("gen_ai.output.messages", said("assistant", history.at(-1)?.content ?? "")),
    ],
  };
  const resource = { attributes: [attribute("service.name", "team")] };
  return JSON.stringify({
    resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "team" }, spans: [whole, ...steps] }] }],
  });
}
