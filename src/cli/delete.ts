import { invalidInput } from "../errors.ts";
import { acceptFilter } from "../registry/accept-filter.ts";
import { withApp } from "./with-app.ts";

export interface DeleteOptions {
  readonly project?: string;
  readonly all?: boolean;
  readonly yes?: boolean;
}

/** `evalwright delete`: counts first; with --yes deletes and leaves a tombstone that holds counts only. */
export async function deleteCommand(filterText: string | undefined, options: DeleteOptions): Promise<void> {
  const text = filterText?.trim() ?? "";
  if (text === "" && !options.all) {
    throw invalidInput(
      "A filter is needed",
      "Give one, e.g. 'start < 2026-01-01', or --all for the whole project.",
    );
  }
  if (text !== "" && options.all) throw invalidInput("Give a filter or --all, not both");
  await withApp(options, async (context) => {
    const filter = await acceptFilter(context, text, "trace");
    const query = { projectId: context.project.id, filter, filterText: text === "" ? "(all)" : text };
    const counts = await context.store.traces.delete({ ...query, dryRun: !options.yes });
    const what = Object.entries(counts)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", ");
    console.log(`${options.yes ? "Deleted" : "Would delete"} from project ${context.project.id}: ${what}.`);
    if (!options.yes) console.log("Nothing was deleted. Repeat with --yes to delete.");
  });
}
