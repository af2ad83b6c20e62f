import { pathToFileURL } from "node:url";
import { wilsonInterval } from "../src/statistics/proportions.ts";
import { type FailedRun, isFailure, readFailedRuns, TERMINAL } from "../test/who-and-when.ts";
import { flaggedSteps } from "./flagged-step.ts";

// `EVALWRIGHT_TEST_DATA=... node bench/who-and-when.ts`: how far one gets without any model at saying which agent made
// the deciding mistake of a failed run, and at which step. What a model says has to be read beside these.

/** Names a step of a run; the agent is the one that acted there. */
type Guess = (run: FailedRun) => number;

const lastOf = ({ history }: FailedRun): number => history.length - 1;

const failureIn = ({ history }: FailedRun): number => history.findIndex(({ content }) => isFailure(content));

/** The agent with the most steps among those that are no terminal, at its first step. */
function busiest({ history }: FailedRun): number {
  const counts = new Map<string, number>();
  for (const { name } of history) if (name !== TERMINAL) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return history.findIndex(({ name }) => name === most?.[0]);
}

/** The step before the first code that failed: who wrote it; the first step where none did. */
const beforeFailure: Guess = (run) => Math.max(0, failureIn(run) - 1);

/** The last step that is no terminal's: who gave the wrong answer. */
const lastSpeaker: Guess = ({ history }) =>
  Math.max(
    0,
    history.findLastIndex(({ name }) => name !== TERMINAL),
  );

const GUESSES: readonly (readonly [name: string, guess: Guess])[] = [
  ["first step", () => 0],
  ["last step", lastOf],
  ["last agent that is no terminal", lastSpeaker],
  ["busiest agent, its first step", busiest],
  ["step before the first failed code, else the first", beforeFailure],
];

export interface Accuracy {
  readonly name: string;
  readonly agent: number;
  readonly step: number;
  readonly of: number;
}

/** Chance: each agent, and each step, of a run as likely as any other. Expected counts. */
function chance(runs: readonly FailedRun[]): Accuracy {
  const sum = (share: (run: FailedRun) => number) => runs.reduce((total, run) => total + share(run), 0);
  return {
    name: "chance (expected)",
    agent: sum(({ history }) => 1 / new Set(history.map(({ name }) => name)).size),
    step: sum(({ history }) => 1 / history.length),
    of: runs.length,
  };
}

/** How often a guess names the agent, and the step, that people found; a run without a guess counts as wrong. */
function accuracyOf(
  name: string,
  runs: readonly FailedRun[],
  guess: (run: FailedRun, i: number) => number | null,
): Accuracy {
  const right = (of: (run: FailedRun, guessed: number) => boolean) =>
    runs.filter((run, i) => {
      const guessed = guess(run, i);
      return guessed !== null && of(run, guessed);
    }).length;
  return {
    name,
    agent: right((run, guessed) => run.history[guessed]?.name === run.mistake_agent),
    step: right((run, guessed) => guessed === run.mistake_step),
    of: runs.length,
  };
}

/** Of each guess how often it names the agent and the step that people found. */
export async function baselines(runs: readonly FailedRun[]): Promise<readonly Accuracy[]> {
  const flagged = await flaggedSteps(runs);
  const known = flagged.filter((step) => step !== null).length;
  return [
    chance(runs),
    ...GUESSES.map(([name, guess]) => accuracyOf(name, runs, guess)),
    accuracyOf(`first step that a signal flags (in ${known}), else none`, runs, (_, i) => flagged[i] ?? null),
    accuracyOf("first step that a signal flags, else the first", runs, (_, i) => flagged[i] ?? 0),
  ];
}

const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

function cell(count: number, of: number): string {
  if (!Number.isInteger(count)) return percent(count / of);
  const { low, high } = wilsonInterval(count, of);
  return `${percent(count / of)} (${percent(low)} to ${percent(high)})`;
}

/** The baselines as a Markdown table; or that there is no data. */
export async function describeWhoAndWhen(): Promise<string> {
  const runs = readFailedRuns();
  if (runs === null) return "Who&When: skipped, EVALWRIGHT_TEST_DATA is not set";
  return [
    `Who&When, ${runs.length} runs whose agents an algorithm made up: guesses without a model, 95 % Wilson intervals`,
    "",
    "| guess | agent | step |",
    "|---|---|---|",
    ...(await baselines(runs)).map(
      ({ name, agent, step, of }) => `| ${name} | ${cell(agent, of)} | ${cell(step, of)} |`,
    ),
  ].join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(await describeWhoAndWhen());
