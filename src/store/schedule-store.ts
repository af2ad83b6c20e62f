import type { Json } from "../model/json.ts";

/** Which judges of a project look at what comes in, and who does the work. */
export interface ScheduleRow {
  readonly projectId: string;
  /** Null: off, or given by whoever runs it and kept nowhere. */
  readonly setting: Json;
  /** When the setting was last written, and since when there has been one; null: never. */
  readonly setUs: number | null;
  readonly fromUs: number | null;
  /** The newest job that worked by it. */
  readonly jobId: string | null;
}

export interface ScheduleStore {
  /** Null switches it off; where it was off before, `fromUs` becomes now. */
  set(projectId: string, setting: Json): Promise<void>;
  noteJob(projectId: string, jobId: string): Promise<void>;
  get(projectId: string): Promise<ScheduleRow | undefined>;
  /** Of all projects, by id. */
  list(): Promise<readonly ScheduleRow[]>;
  /**
   * Traces or sessions in the order in which they last changed (spans came; feedback is no change), from `after` up to
   * and with `untilUs`. What has not been rolled up yet is not among them: it will count as changed when it is.
   */
  changed(query: ChangedQuery): Promise<ChangedPage>;
}

/** A place in the order of changes. */
export interface ChangedPlace {
  readonly us: number;
  readonly row: number;
}

export interface ChangedQuery {
  readonly projectId: string;
  readonly level: "traces" | "sessions";
  readonly after: ChangedPlace;
  readonly untilUs: number;
  /** 1 to 500. */
  readonly limit: number;
}

export interface ChangedPage {
  readonly items: readonly ChangedItem[];
  /** How many come after these; counted up to 10,000. */
  readonly waiting: number;
}

export interface ChangedItem {
  readonly id: string;
  readonly place: ChangedPlace;
  /** When it ended, else when it began. */
  readonly endUs: number;
}
