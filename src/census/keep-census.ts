import { hashOf } from "../canonical.ts";
import type { Census } from "../model/census.ts";
import { Json } from "../model/json.ts";
import type { Store } from "../store/store.ts";

/** Keeps a census as the next version of its name; the same again is the same version. */
export async function keepCensus(store: Store, projectId: string, census: Census): Promise<number> {
  const body = Json.parse(JSON.parse(JSON.stringify(census)));
  const { record } = await store.records.versions.save({
    projectId,
    kind: "census",
    name: census.id,
    hash: hashOf(body),
    body,
    note: null,
  });
  return record.version;
}
