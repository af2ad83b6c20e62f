import { calibrationWords } from "../calibration/card-words.ts";
import { findCard } from "../calibration/find-card.ts";
import { hashOf } from "../canonical.ts";
import type { Context } from "../context.ts";
import { listEndpoints } from "../llm/endpoints.ts";
import type { Answer } from "../model/answer.ts";
import { JudgeSpec } from "../model/judge.ts";
import { workingFolder } from "../project.ts";
import type { VersionedRecord } from "../store/version-store.ts";
import { findRepository } from "../targets/repository.ts";
import { resolveJudge } from "./resolve.ts";

export interface SaveJudge {
  readonly spec: JudgeSpec;
  readonly dryRun: boolean;
  readonly idempotencyKey?: string | undefined;
}

/** Who answers model judges that name no endpoint, which endpoints there are, and where programs of judges are. */
export async function judgeSurroundings(folder: string = workingFolder()) {
  const endpoints = await listEndpoints();
  const { root } = await findRepository(folder);
  return {
    repositoryRoot: root,
    defaultModel: endpoints.find(({ isDefault }) => isDefault)?.name ?? null,
    models: endpoints.map(({ name }) => name),
  };
}

/** Keeps a judge that was checked as the next version of its name; the same again is the same version. */
export async function keepJudge(
  context: Pick<Context, "store" | "project">,
  spec: JudgeSpec,
  idempotencyKey?: string,
): Promise<{ readonly record: VersionedRecord; readonly created: boolean }> {
  await context.store.records.ensureProject(context.project);
  const body = JSON.parse(JSON.stringify(JudgeSpec.parse(spec)));
  return context.store.records.versions.save(
    {
      projectId: context.project.id,
      kind: "judge",
      name: spec.name,
      hash: hashOf(body),
      body,
      note: spec.description ?? null,
    },
    idempotencyKey === undefined ? undefined : { key: `judge:${idempotencyKey}`, argsHash: hashOf(body) },
  );
}

/**
 * save_judge: checks a judge whole and keeps it as the next version of its name; the same again is the same version.
 * @throws AppError `invalid_input` that says what is wrong and what is allowed.
 */
export async function saveJudge(
  context: Pick<Context, "store" | "project">,
  { spec, dryRun, idempotencyKey }: SaveJudge,
): Promise<Answer> {
  const judge = await resolveJudge(spec, await judgeSurroundings());
  const about = {
    kind: judge.kind,
    level: judge.level,
    hash: judge.hash.slice(0, 12),
    ...(judge.labels.length > 0 ? { labels: judge.labels.map(({ label }) => label) } : {}),
    threshold: judge.threshold,
    answeredBy:
      judge.kind === "assistant" ? "you, as tasks (no endpoint is configured)" : (judge.model ?? "code"),
    calibration: calibrationWords(
      await findCard(context.store.records.versions, context.project.id, judge.hash),
      judge.kind,
      Date.now() * 1_000,
    ),
  };
  if (dryRun) return { data: { judge: spec.name, saved: false, ...about } };
  const { record, created } = await keepJudge(context, spec, idempotencyKey);
  return {
    data: {
      judge: `${record.name}@${record.version}`,
      saved: true,
      ...(created ? {} : { unchanged: "this version was there already" }),
      ...about,
    },
    next:
      judge.level === "pair"
        ? []
        : [
            {
              tool: "run_judges",
              arguments: {
                judges: [`${record.name}@${record.version}`],
                level: judge.level === "session" || judge.level === "turn" ? "sessions" : "traces",
                limit: 10,
              },
              why: "see what it says of the newest",
            },
          ],
  };
}
