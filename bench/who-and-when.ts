import { pathToFileURL } from "node:url";
import { wilsonInterval } from "../src/statistics/proportions.ts";
import { type FailedRun, isFailure, readFailedRuns } from "../test/who-and-when.ts";

// `EVALWRIGHT_TEST_DATA=... node bench/who-and-when.ts`: how far one gets without any model at saying which agent made
// the deciding mistake of a failed run, and at which step. What a model says has to be read beside these.

/** Names a step of a run; the agent is the one that acted there. */
type Guess = (run: FailedRun) => number;

const lastOf = ({ history }: FailedRun): number => history.length - 1;

const failureIn = ({ history }: FailedRun): number => history.findIndex(({ content }) => isFailure(content));

/** The agent with the most steps among those that are no terminal, at its first step. */
function busiest({ history }: FailedRun): number {
  const counts = new Map<string, number>();
  for (const { name } of history)
    if (name !== "Computer_terminal") counts.set(name, (counts.get(name) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  return history.findIndex(({ name }) => name === most?.[0]);
}

/** The step before the first code that failed: who wrote it; the first step where none did. */
const beforeFailure: Guess = (run) => Math.max(0, failureIn(run) - 1);

/** The last step that is no terminal's: who gave the wrong answer. */
const lastSpeaker: Guess = ({ history }) =>
  Math.max(
    0,
    history.findLastIndex(({ name }) => name !== "Computer_terminal"),
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

/** Of each guess how often it names the agent and the step that people found. */
export function baselines(runs: readonly FailedRun[]): readonly Accuracy[] {
  const guessed = GUESSES.map(([name, guess]) => {
    const right = (of: (run: FailedRun) => boolean) => runs.filter(of).length;
    return {
      name,
      agent: right((run) => run.history[guess(run)]?.name === run.mistake_agent),
      step: right((run) => guess(run) === run.mistake_step),
      of: runs.length,
    };
  });
  return [chance(runs), ...guessed];
}

const percent = (value: number) => `${(value * 100).toFixed(1)} %`;

function cell(count: number, of: number): string {
  if (!Number.isInteger(count)) return percent(count / of).padEnd(26);
  const { low, high } = wilsonInterval(count, of);
  return `${percent(count / of)} (${percent(low)} to ${percent(high)})`.padEnd(26);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const runs = readFailedRuns();
  if (runs === null) console.log("skipped: EVALWRIGHT_TEST_DATA is not set");
  else {
    console.log(`Who&When, ${runs.length} runs: guesses without a model, 95 % Wilson intervals\n`);
    console.log(`${"guess".padEnd(52)}${"agent".padEnd(26)}step`);
    for (const { name, agent, step, of } of baselines(runs))
      console.log(`${name.padEnd(52)}${cell(agent, of)}${cell(step, of)}`);
  }
}
