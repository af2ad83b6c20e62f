import { invalidInput } from "../errors.ts";
import { type JobRunner, Parked } from "../jobs/runner.ts";
import type { Census } from "../model/census.ts";
import type { Job } from "../model/job.ts";
import type { Json } from "../model/json.ts";
import type { Store } from "../store/store.ts";
import { CensusInput } from "./census-input.ts";
import { readCensus } from "./find-census.ts";
import { keepCensus } from "./keep-census.ts";
import { notePass } from "./note-pass.ts";
import { censusId, signalPass } from "./signal-pass.ts";

/** The census as it stands, edits included, once signals have been looked for. */
async function standing(store: Store, { projectId, id }: Job): Promise<Census | undefined> {
  const record = await store.records.versions.get(projectId, "census", censusId(id));
  return record && readCensus(record.body);
}

const resultOf = (census: Census, version: number): Json => ({
  census: census.id,
  version,
  looked: census.units.ids.length,
  kinds: census.kinds.length,
});

/**
 * A job of kind `census`: signals first, kept as its first version at once; then notes on some of the units, by a model or the
 * assistant, grouped into named kinds, as its next. A job that goes on looks for no signal twice.
 */
export const runCensusJob: JobRunner = async (job, tools) => {
  const parsed = CensusInput.safeParse(job.input);
  if (!parsed.success)
    throw invalidInput("The census's setup is not one of this version", "Start a new one.");
  const input = parsed.data;
  const known = await standing(tools.store, job);
  const census = known ?? (await signalPass(job, tools, input));
  const version = await keepCensus(tools.store, job.projectId, census);
  if (input.notes === 0 || census.noted !== null) return resultOf(census, version);
  const noted = await notePass(job, tools, input, census);
  if ("held" in noted)
    return new Parked({ census: census.id, version, questions: noted.held, of: noted.asked });
  return resultOf(noted.census, await keepCensus(tools.store, job.projectId, noted.census));
};
