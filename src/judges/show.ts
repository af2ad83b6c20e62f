import { builtinCalibrations, calibrationOf, savedCalibration } from "../calibration/judge-cards.ts";
import type { Context } from "../context.ts";
import { notFound } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import type { Json } from "../model/json.ts";
import { JudgeSpec } from "../model/judge.ts";
import { promptText } from "../prompts.ts";
import { parseReference } from "../reference.ts";
import { describeBuiltin, findBuiltin, listBuiltins, suggestBuiltin } from "./catalogue.ts";

type Showing = Pick<Context, "store" | "project">;

const otherNames = (names: Readonly<Record<string, string | undefined>>): string =>
  Object.entries(names)
    .map(([library, name]) => `${library}: ${name}`)
    .join("; ");

/** list_records of judges: saved ones first, then the built-in ones that a search finds. */
export async function listJudges(
  context: Showing,
  query: {
    readonly name?: string | undefined;
    readonly find?: string | undefined;
    readonly limit: number;
    readonly cursor?: string | undefined;
  },
): Promise<Answer> {
  const { name, find, limit, cursor } = query;
  const saved = await context.store.records.versions.list({
    projectId: context.project.id,
    kind: "judge",
    name,
    limit,
    cursor,
  });
  const { versions } = context.store.records;
  const words = await Promise.all(
    saved.items.map((record) => savedCalibration(versions, context.project.id, record)),
  );
  const checked = cursor === undefined ? await builtinCalibrations(versions, context.project.id) : [];
  const builtins = name === undefined && cursor === undefined ? listBuiltins(find) : [];
  return {
    data: {
      builtins: {
        columns: ["name", "kind", "level", "decides", ...(find ? ["elsewhere"] : [])],
        rows: builtins.map((judge): Json[] => [
          judge.name,
          judge.kind,
          judge.level,
          judge.summary,
          ...(find ? [otherNames(judge.otherNames)] : []),
        ]),
      },
      ...(checked.length > 0
        ? { calibratedBuiltins: { columns: ["judge", "calibration"], rows: checked } }
        : {}),
    },
    untrusted: {
      saved: {
        columns: ["judge", "made", "calibration", "note"],
        rows: saved.items.map((record, i): Json[] => [
          `${record.name}@${record.version}`,
          new Date(record.createdUs / 1_000).toISOString().slice(0, 16),
          words[i] ?? "",
          record.note ?? "",
        ]),
      },
    },
    page: { returned: saved.items.length, total: saved.total, next: saved.next },
  };
}

/** get_record of a judge: a saved one as its author wrote it, and the built-in behind it with rubric and parameters. */
export async function showJudge(context: Showing, query: { readonly id: string }): Promise<Answer> {
  const { name, version } = parseReference(query.id);
  const saved = await context.store.records.versions.get(context.project.id, "judge", name, version);
  const spec = saved ? JudgeSpec.parse(saved.body) : undefined;
  const builtin = findBuiltin(spec?.builtin ?? name);
  if (!saved && !builtin) {
    const near = suggestBuiltin(name);
    throw notFound(
      "judge",
      query.id,
      near ? `Did you mean "${near}"?` : "list_records with kind judge shows all.",
    );
  }
  const described = builtin ? describeBuiltin(builtin) : undefined;
  const { otherNames: elsewhere = {}, ...about } = described ?? {};
  const calibration = await calibrationOf(
    context.store.records.versions,
    context.project.id,
    spec ?? name,
    saved?.version ?? null,
  );
  return {
    data: {
      ...(saved ? { judge: `${saved.name}@${saved.version}`, hash: saved.hash.slice(0, 12) } : {}),
      ...(described ? { builtin: JSON.parse(JSON.stringify(about)), elsewhere: otherNames(elsewhere) } : {}),
      ...(builtin?.kind === "model" ? { rubric: promptText(`judges/${builtin.rubric}`) } : {}),
      calibration: calibration.words,
      ...(calibration.earlier.length > 0 ? { earlierCalibrations: calibration.earlier } : {}),
    },
    ...(saved || calibration.card
      ? {
          untrusted: {
            ...(saved ? { spec: saved.body } : {}),
            ...(calibration.card ? { card: calibration.card } : {}),
          },
        }
      : {}),
  };
}
