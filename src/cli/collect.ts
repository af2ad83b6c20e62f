import { invalidInput } from "../errors.ts";
import { scheduleWords } from "../evaluation/scheduled/describe.ts";
import type { ScheduleOptions } from "../evaluation/scheduled/parse.ts";
import { judgingProcess } from "../evaluation/scheduled/spawn.ts";
import { storeLocation } from "../home.ts";
import type { JudgeSchedule } from "../model/judge-schedule.ts";
import { resolveProject, workingFolder } from "../project.ts";
import { settingsToSend } from "../reading/where-data-is.ts";
import { startCollectorThread } from "../telemetry/collector/start-thread.ts";
import { allowedNames } from "./allowed-names.ts";
import { chosenPorts, type Ports } from "./ports.ts";
import { withApp } from "./with-app.ts";

export interface CollectOptions extends Ports, ScheduleOptions {
  readonly project?: string;
  readonly host?: string;
  readonly allowOrigin?: readonly string[];
  readonly allowHost?: readonly string[];
  readonly maxBodyMb?: number;
}

interface Given {
  readonly projectId: string;
  readonly schedule: JudgeSchedule;
  readonly sinceUs: number;
}

/** The schedule that --judge gives, checked before anything is received. */
async function givenSchedule(options: CollectOptions): Promise<Given | undefined> {
  if (options.judge === undefined) {
    const { judgeBudget, judgeTotal, judgeLevel, judgeQuiet, judgeSessionQuiet, judgeMaxAge } = options;
    const without = [judgeBudget, judgeTotal, judgeLevel, judgeQuiet, judgeSessionQuiet, judgeMaxAge];
    if (without.every((option) => option === undefined)) return undefined;
    throw invalidInput("The options of judging need --judge", "Give --judge NAME=RATE, e.g. relevance=0.1.");
  }
  const { checkedSchedule } = await import("./judge-schedule.ts");
  return withApp(options, async (context) => {
    const { store, project } = context;
    const schedule = await checkedSchedule(context, options);
    await store.records.ensureProject(project);
    return { projectId: project.id, schedule, sinceUs: Date.now() * 1_000 };
  });
}

/** What an agent of this folder's project is to be given: the collector is not told its folder by the spans. */
const sendingWords = (projectId: string, httpUrl: string | null): string =>
  `To send to project ${projectId}, with any OpenTelemetry SDK:\n${settingsToSend(projectId, httpUrl)
    .map((line) => `  ${line}\n`)
    .join("")}`;

/**
 * `evalwright collect`: receives until SIGINT or SIGTERM, says on stderr where, and stands by for another receiver. Beside
 * it, in a process of its own, judges look at what comes in where --judge or a project's schedule says so.
 */
export async function collect(options: CollectOptions): Promise<void> {
  if (options.maxBodyMb !== undefined && !(options.maxBodyMb > 0 && options.maxBodyMb <= 1_024)) {
    throw invalidInput("--max-body-mb is not usable", "Allowed: a number above 0, at most 1024.");
  }
  const names = allowedNames(options);
  const location = storeLocation();
  const given = await givenSchedule(options);
  const judging = judgingProcess(location, given);
  if (given) {
    process.stderr.write(
      `judging ${given.projectId}: ${scheduleWords(given.schedule)}; traces of other projects are not judged by it\n`,
    );
    judging.start();
  }
  // In its thread, as beside the stdio server: only a thread's heap can be kept small.
  const collector = await startCollectorThread({
    ...chosenPorts(options),
    storeLocation: location,
    onSchedules: judging.start,
    host: options.host,
    ...names,
    ...(options.maxBodyMb === undefined ? {} : { maxBodyBytes: Math.floor(options.maxBodyMb * 1024 * 1024) }),
  });
  const stay = setInterval(() => undefined, 60_000); // the thread alone does not keep the process alive
  let hasFailed = false;
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const named = options.project ?? process.env["EVALWRIGHT_PROJECT"];
  const project = await resolveProject(workingFolder(), named);
  const say = () => {
    const { state, httpUrl, grpcUrl, detail } = collector.status();
    if (state === "starting" || state === "off") return;
    process.stderr.write(`${state}: OTLP HTTP ${httpUrl ?? "-"}, gRPC ${grpcUrl ?? "-"}. ${detail}\n`);
    if (state === "listening") process.stderr.write(sendingWords(project.id, httpUrl));
    if (state !== "failed") return;
    hasFailed = true;
    end();
  };
  say();
  collector.onStatus(say);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  await ended;
  clearInterval(stay);
  await Promise.all([collector.close(), judging.close()]);
  process.exit(hasFailed ? 1 : 0);
}
