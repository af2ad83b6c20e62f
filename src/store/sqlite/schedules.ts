import type { Database } from "better-sqlite3";
import { z } from "zod";
import { Json } from "../../model/json.ts";
import type { ChangedItem, ChangedPage, ChangedQuery, ScheduleRow } from "../schedule-store.ts";
import { nowUs, rowWriter } from "./write-rows.ts";

const Row = z.object({
  projectId: z.string(),
  setting: z
    .string()
    .nullable()
    .transform((text) => (text === null ? null : Json.parse(JSON.parse(text)))),
  setUs: z.number().nullable(),
  fromUs: z.number().nullable(),
  jobId: z.string().nullable(),
});

const SELECT = `SELECT project.id AS projectId, s.setting, s.set_us AS setUs, s.from_us AS fromUs, s.job AS jobId
  FROM judge_schedule s JOIN project ON project.key = s.project`;

/** The writes of ScheduleStore, as documented there. */
export function scheduleOperations(db: Database) {
  const rows = rowWriter(db);
  const write = db.prepare(
    `INSERT INTO judge_schedule (project, setting, set_us, from_us) VALUES (@project, @setting, @now, @now)
     ON CONFLICT (project) DO UPDATE SET setting = excluded.setting, set_us = excluded.set_us,
       from_us = CASE WHEN setting IS NULL AND excluded.setting IS NOT NULL THEN excluded.from_us ELSE from_us END`,
  );
  const note = db.prepare(
    `INSERT INTO judge_schedule (project, job) VALUES (@project, @job)
     ON CONFLICT (project) DO UPDATE SET job = excluded.job`,
  );
  const set = db.transaction((projectId: string, setting: Json) => {
    rows.forget();
    const text = setting === null ? null : JSON.stringify(setting);
    write.run({ project: rows.project(projectId), setting: text, now: nowUs() });
  });
  const noteJob = db.transaction((projectId: string, job: string) => {
    rows.forget();
    note.run({ project: rows.project(projectId), job });
  });
  return {
    setSchedule: (projectId: string, setting: Json): void => set.immediate(projectId, setting),
    noteScheduleJob: (projectId: string, job: string): void => noteJob.immediate(projectId, job),
  };
}

/** Reads of single rows, which both threads serve. */
export function scheduleLookups(db: Database) {
  const one = db.prepare<[string]>(`${SELECT} WHERE project.id = ?`);
  const all = db.prepare<[]>(`${SELECT} ORDER BY project.id`);
  return {
    getSchedule(projectId: string): ScheduleRow | undefined {
      const row = one.get(projectId);
      return row === undefined ? undefined : Row.parse(row);
    },
    listSchedules: (): readonly ScheduleRow[] => all.all().map((row) => Row.parse(row)),
  };
}

const Changed = z.object({ name: z.string(), us: z.number(), row: z.number(), endUs: z.number() });

const MOST_ROWS = 500;
const MOST_COUNTED = 10_000;

const TABLES = {
  traces: { table: "trace", name: "lower(hex(trace_id))" },
  sessions: { table: "session", name: "session_id" },
} as const;

/** The order of changes, as documented on ScheduleStore. */
export function changedOperations(db: Database) {
  const project = db.prepare<[string], number>("SELECT key FROM project WHERE id = ?").pluck();
  const statements = (level: ChangedQuery["level"]) => {
    const { table, name } = TABLES[level];
    const within = `project = @project AND start_us IS NOT NULL AND changed_us IS NOT NULL
      AND (changed_us, id) > (@us, @row) AND changed_us <= @until`;
    return {
      page: db.prepare<[object]>(
        `SELECT ${name} AS name, changed_us AS us, id AS row, coalesce(end_us, start_us) AS endUs FROM ${table}
         WHERE ${within} ORDER BY changed_us, id LIMIT @limit`,
      ),
      count: db
        .prepare<[object], number>(
          `SELECT count(*) FROM (SELECT 1 FROM ${table} WHERE ${within} LIMIT @limit)`,
        )
        .pluck(),
    };
  };
  const prepared = { traces: statements("traces"), sessions: statements("sessions") };
  return {
    listChanged(query: ChangedQuery): ChangedPage {
      const key = project.get(query.projectId);
      if (key === undefined) return { items: [], waiting: 0 };
      const { page, count } = prepared[query.level];
      const limit = Math.min(MOST_ROWS, Math.max(1, Math.trunc(query.limit)));
      const until = query.untilUs;
      const items = page.all({ project: key, ...query.after, until, limit }).map((found): ChangedItem => {
        const { name, endUs, us, row } = Changed.parse(found);
        return { id: name, endUs, place: { us, row } };
      });
      const last = items.at(-1)?.place;
      if (items.length < limit || !last) return { items, waiting: 0 };
      return { items, waiting: count.get({ project: key, ...last, until, limit: MOST_COUNTED }) ?? 0 };
    },
  };
}
