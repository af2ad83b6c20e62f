import { invalidInput } from "../errors.ts";
import { scheduleStatuses, scheduleWords } from "../evaluation/scheduled/describe.ts";
import { parseSchedule, type ScheduleOptions } from "../evaluation/scheduled/parse.ts";
import { resolveSchedule } from "../evaluation/scheduled/resolve.ts";
import type { JudgeSchedule } from "../model/judge-schedule.ts";
import type { Project } from "../model/project.ts";
import { workingFolder } from "../project.ts";
import type { Store } from "../store/store.ts";
import { findRepository } from "../targets/repository.ts";
import { withApp } from "./with-app.ts";

/**
 * A schedule from options, checked against the judges and endpoints that there are now.
 * @throws AppError for what cannot work unattended.
 */
export async function checkedSchedule(
  context: { readonly store: Store; readonly project: Project },
  options: ScheduleOptions,
): Promise<JudgeSchedule> {
  const { root } = await findRepository(workingFolder());
  const schedule = parseSchedule(options, root);
  await resolveSchedule(context, schedule);
  return schedule;
}

export interface JudgeScheduleOptions extends ScheduleOptions {
  readonly project?: string;
  readonly json?: boolean;
}

async function show(store: Store, projectId: string, json: boolean): Promise<void> {
  const status = (await scheduleStatuses(store)).find((one) => one.projectId === projectId);
  if (json) {
    console.log(JSON.stringify(status ?? { projectId, schedule: null }));
    return;
  }
  console.log(
    status?.schedule
      ? `Project ${projectId}: ${scheduleWords(status.schedule)}.`
      : `Project ${projectId} has no schedule of judges.`,
  );
  if (status && (status.schedule || status.jobId !== null)) console.log(`State: ${status.words}.`);
  if (status?.jobId) console.log(`Job: ${status.jobId}`);
}

/** `evalwright judge-schedule set|show|off`: which judges look at what comes in, wherever `evalwright collect` runs. */
export async function judgeScheduleCommand(action: string, options: JudgeScheduleOptions): Promise<void> {
  await withApp(options, async (context) => {
    const { store, project } = context;
    if (action === "set") {
      const schedule = await checkedSchedule(context, options);
      await store.records.ensureProject(project);
      await store.records.schedules.set(project.id, JSON.parse(JSON.stringify(schedule)));
      console.log(`Project ${project.id}: ${scheduleWords(schedule)}.`);
      console.log(
        "`evalwright collect` judges by it while it runs; one that runs now begins within 10 seconds.",
      );
    } else if (action === "off") {
      const isOn = ((await store.records.schedules.get(project.id))?.setting ?? null) !== null;
      if (isOn) await store.records.schedules.set(project.id, null);
      console.log(
        isOn
          ? `Project ${project.id}: off. What is under way is finished; verdicts stay.`
          : `Project ${project.id} has no schedule of judges.`,
      );
    } else if (action === "show") await show(store, project.id, options.json ?? false);
    else throw invalidInput(`"${action.slice(0, 40)}" is not an action`, "Give set, show or off.");
  });
}
