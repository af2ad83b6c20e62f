import { z } from "zod";
import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import type { DatasetVersion } from "../model/example.ts";
import { JudgeSpec } from "../model/judge.ts";
import type { TestFile } from "./format.ts";

/** What a file says beside its tests; no dataset holds it. */
const TestSetup = z.object({
  target: z.string().optional(),
  gates: z.array(z.string()),
  primary: z.string().optional(),
  judges: z.array(JudgeSpec),
});
export type TestSetup = z.infer<typeof TestSetup>;

type Keeping = Pick<Context, "store" | "project">;

const nameOf = ({ name, version }: DatasetVersion): string => `${name}@${version}`;

const latest = (context: Keeping, dataset: DatasetVersion) =>
  context.store.records.versions.get(context.project.id, "tests", nameOf(dataset));

/** Remembers what a file said beside the tests that are this version of a dataset. */
export async function keepSetup(context: Keeping, dataset: DatasetVersion, file: TestFile): Promise<void> {
  const body = JSON.parse(JSON.stringify(TestSetup.parse(file)));
  const before = await latest(context, dataset);
  if (before && hashOf(before.body) === hashOf(body)) return;
  await context.store.records.versions.save({
    projectId: context.project.id,
    kind: "tests",
    name: nameOf(dataset),
    // What was said before and is said again is the newest again.
    hash: hashOf({ body, after: before?.version ?? 0 }),
    body,
    note: null,
  });
}

/** What the file last said that this version of a dataset came from; undefined when it came from none. */
export async function keptSetup(context: Keeping, dataset: DatasetVersion): Promise<TestSetup | undefined> {
  const record = await latest(context, dataset);
  return record && TestSetup.parse(record.body);
}
