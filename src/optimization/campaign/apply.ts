import type { Context } from "../../context.ts";
import { AppError, invalidInput } from "../../errors.ts";
import type { Answer } from "../../model/answer.ts";
import type { Json } from "../../model/json.ts";
import type { Proposal, ProposalBody, ProposalStatus, ProposedChange } from "../../model/proposal.ts";
import { workingFolder } from "../../project.ts";
import { listAliases, moveAlias } from "../../registry/aliases.ts";
import { findPrompt } from "../../registry/find.ts";
import { changeLinked, linkedChange } from "../../registry/linked.ts";
import { keepPrompt } from "../../registry/save.ts";
import { findRepository } from "../../targets/repository.ts";
import { applyPatch, type PatchState, patchState } from "../../targets/working-tree.ts";
import { changeDiff, findProposal } from "./proposals.ts";

export interface ApplyProposal {
  readonly proposal: string;
  readonly action: "apply" | "reject" | "rollback";
  readonly alias: string;
  readonly reason?: string | undefined;
  /** Judges that a watch of live traffic asks, kept with the application; default those that the campaign named. */
  readonly watch?: readonly string[] | undefined;
  readonly dryRun: boolean;
}

type Step = ProposalBody["history"][number];
type AppliedPrompt = Step["prompts"][number];

const FROM = { apply: "pending", reject: "pending", rollback: "applied" } as const;
const TO = { apply: "applied", reject: "rejected", rollback: "rolled_back" } as const;

function checkStatus({ id, status }: Proposal, action: ApplyProposal["action"]): void {
  if (status === FROM[action]) return;
  throw new AppError("conflict", `Proposal ${id} is ${status.replace("_", " ")}`, {
    hint:
      action === "rollback"
        ? "Only an applied one can be rolled back."
        : "Only a pending one can be applied or rejected.",
  });
}

interface Standing {
  readonly change: ProposedChange;
  readonly name: string;
  /** That its text is linked to; null: none. */
  readonly file: string | null;
  /** Where the alias stood before; null: nowhere. */
  readonly alias: number | null;
  /** Where it stands. */
  readonly now: number | null;
}

/** The file that a prompt is linked to. @throws AppError `conflict` when it holds another text by now. */
async function fileOf(
  context: Context,
  change: ProposedChange,
  name: string,
  reverse: boolean,
): Promise<string | null> {
  const linked = await linkedChange(context, { name, ...way(change, reverse) });
  if (linked?.state !== "conflict") return linked?.file ?? null;
  throw new AppError("conflict", `The file that ${name} is linked to holds another text by now`, {
    hint: "Save what stands there as a version first (evalwright prompt pull), or undo the edit.",
  });
}

const way = ({ before, after }: ProposedChange, reverse: boolean) =>
  reverse ? { before: after, after: before } : { before, after };

/**
 * Where the aliases and linked files stand. @throws AppError `conflict` when one was moved since the campaign began: the evidence is
 * about a change of another text.
 */
async function standings(context: Context, body: ProposalBody, alias: string): Promise<Standing[]> {
  const found: Standing[] = [];
  for (const change of body.changes) {
    if (change.prompt === null) continue;
    const { name, version } = change.prompt;
    const now = (await listAliases(context, name)).find((item) => item.alias === alias)?.version ?? null;
    const isMoved = now !== null && now !== version;
    // A call that was killed half-way has moved it already.
    if (isMoved && (await findPrompt(context, `${name}@${now}`)).content.template !== change.after)
      throw new AppError(
        "conflict",
        `${alias} of ${name} stands at version ${now}; the evidence is about a change of ${version}`,
        { hint: "Move it back, give another alias, or run a campaign from where it stands." },
      );
    const before = isMoved ? version : now;
    // The file has the text that another model is given.
    const file = body.match ? null : await fileOf(context, change, name, false);
    found.push({ change, name, alias: before, now, file });
  }
  return found;
}

async function patchOf({ patch }: Pick<ProposalBody, "patch">, reverse: boolean): Promise<PatchState | null> {
  if (patch === null) return null;
  const repository = await findRepository(workingFolder());
  const state = await patchState(repository, patch, reverse);
  if (state === "conflicts")
    throw new AppError("conflict", "The files changed meanwhile: the patch does not fit", {
      hint: "Commit or undo what was edited since, or apply the diff by hand.",
    });
  return state;
}

async function changeFiles({ patch }: ProposalBody, reverse: boolean): Promise<void> {
  if (patch === null || (await patchOf({ patch }, reverse)) !== "fits") return;
  await applyPatch(await findRepository(workingFolder()), patch, reverse);
}

/** Idempotent: what is done already stays as it is, so that a killed call can be repeated. */
async function applied(
  context: Context,
  { id, body }: Proposal,
  alias: string,
  standing: readonly Standing[],
): Promise<AppliedPrompt[]> {
  const prompts: AppliedPrompt[] = [];
  for (const { change, name, file, now, alias: aliasBefore } of standing) {
    const linked = body.match ? undefined : await linkedChange(context, { name, ...change });
    if (linked?.state === "fits") await changeLinked(context, { name, ...change });
    const { version } = await keepPrompt(context, {
      name,
      text: change.after,
      parent: change.prompt?.version,
      message: `${id}: ${body.hypothesis ?? "proposal of a campaign"}`.slice(0, 500),
    });
    const note = `proposal ${id}`;
    await moveAlias(context, { name, alias, version: version.version, expected: now, note });
    prompts.push({ name, version: version.version, alias, aliasBefore, file });
  }
  return prompts;
}

const lastApplied = ({ history }: ProposalBody): readonly AppliedPrompt[] =>
  history.findLast(({ status }) => status === "applied")?.prompts ?? [];

/** Checks all before anything is changed back. */
async function rolledBack(context: Context, { id, body }: Proposal): Promise<AppliedPrompt[]> {
  const prompts = lastApplied(body);
  const changeOf = (name: string) => body.changes.find(({ prompt }) => prompt?.name === name);
  for (const { name, file } of prompts) {
    const change = changeOf(name);
    if (change && file !== null) await fileOf(context, change, name, true);
  }
  for (const { name, alias, version, aliasBefore, file } of prompts) {
    const change = changeOf(name);
    const linked =
      change && file !== null ? await linkedChange(context, { name, ...way(change, true) }) : undefined;
    if (change && linked?.state === "fits") await changeLinked(context, { name, ...way(change, true) });
    if (alias !== null)
      await moveAlias(context, {
        name,
        alias,
        version: aliasBefore,
        expected: version,
        note: `${id} rolled back`,
      });
  }
  return [...prompts];
}

function plan(
  body: ProposalBody,
  input: ApplyProposal,
  standing: readonly Standing[],
  patch: PatchState | null,
): Answer {
  return {
    data: {
      dryRun: true,
      proposal: input.proposal,
      action: input.action,
      aliases: {
        columns: ["prompt", "alias", "stands at", "moves to", "file"],
        rows: standing.map(({ name, alias, file }): Json[] => [
          name,
          input.alias,
          alias,
          "a new version",
          file,
        ]),
      },
      ...(input.action === "apply" ? watchOf(body, input) : {}),
      ...(patch === null
        ? {}
        : { files: patch === "there" ? "the patch is in the working tree already" : "the patch fits" }),
    },
    untrusted: {
      diffs: Object.fromEntries(body.changes.map((change) => [change.component, changeDiff(change)])),
    },
  };
}

const watchOf = ({ watchJudges }: ProposalBody, { watch = watchJudges }: ApplyProposal) =>
  watch === undefined ? {} : { watch: [...watch] };

const unsaved = ({ changes }: ProposalBody): string[] =>
  changes.filter(({ prompt }) => prompt === null).map(({ component }) => component);

/**
 * apply_proposal: applies a pending proposal (prompt versions, alias, files), rejects it, or rolls an applied one back.
 * Nothing is changed unless all of it can be; what was done is kept with the proposal.
 * @throws AppError `conflict` when the proposal, an alias or a file is not as it was.
 */
export async function applyProposal(context: Context, input: ApplyProposal): Promise<Answer> {
  const proposal = await findProposal(context, input.proposal);
  const { id, body } = proposal;
  const { action, dryRun, reason = null } = input;
  checkStatus(proposal, action);
  if (action === "apply" && unsaved(body).length > 0)
    throw invalidInput(
      `${unsaved(body).join(", ")} is not in the registry`,
      "Save the text with save_prompt yourself; get_record shows it.",
    );
  const standing = action === "apply" ? await standings(context, body, input.alias) : [];
  const patch = action === "reject" ? null : await patchOf(body, action === "rollback");
  if (dryRun) return plan(body, input, standing, patch);
  if (action !== "reject") await changeFiles(body, action === "rollback");
  const prompts =
    action === "apply"
      ? await applied(context, proposal, input.alias, standing)
      : action === "rollback"
        ? await rolledBack(context, proposal)
        : [];
  const to: ProposalStatus = TO[action];
  const watch = action === "apply" ? watchOf(body, input) : {};
  const history = [...body.history, { status: to, atUs: context.now(), reason, ...watch, prompts }];
  await context.store.records.optimizations.moveProposal(context.project.id, id, {
    from: FROM[action],
    to,
    body: { ...body, history },
  });
  return {
    data: {
      proposal: id,
      status: to,
      ...watch,
      ...(prompts.length > 0
        ? {
            prompts: {
              columns: ["prompt", "version", "alias", "stood at", "file"],
              rows: prompts.map(({ name, version, alias, aliasBefore, file }): Json[] => [
                name,
                version,
                alias,
                aliasBefore,
                file === null ? "not linked" : `${file} changed${action === "rollback" ? " back" : ""}`,
              ]),
            },
          }
        : {}),
      ...(body.patch === null || action === "reject"
        ? {}
        : { files: action === "rollback" ? "changed back" : "changed" }),
      ...(action === "apply" && body.verdict !== "better"
        ? { warning: `applied although the verdict is ${body.verdict.replace("_", " ")}` }
        : {}),
    },
    next:
      action === "apply"
        ? [
            {
              tool: "apply_proposal",
              arguments: { proposal: id, action: "watch" },
              why: "live traffic before and after, once there is some; evalwright watch does it by itself",
            },
            {
              tool: "apply_proposal",
              arguments: { proposal: id, action: "rollback" },
              why: "if it turns out worse",
            },
          ]
        : [],
  };
}
