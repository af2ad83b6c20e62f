import type { Context } from "../../context.ts";
import { AppError, invalidInput } from "../../errors.ts";
import type { Answer } from "../../model/answer.ts";
import type { Json } from "../../model/json.ts";
import type { Proposal, ProposalBody, ProposalStatus, ProposedChange } from "../../model/proposal.ts";
import { workingFolder } from "../../project.ts";
import { listAliases, moveAlias } from "../../registry/aliases.ts";
import { keepPrompt } from "../../registry/save.ts";
import { findRepository } from "../../targets/repository.ts";
import { applyPatch, type PatchState, patchState } from "../../targets/working-tree.ts";
import { changeDiff, findProposal } from "./proposals.ts";

export interface ApplyProposal {
  readonly proposal: string;
  readonly action: "apply" | "reject" | "rollback";
  readonly alias: string;
  readonly reason?: string | undefined;
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
  /** Where the alias stands; null: nowhere yet. */
  readonly alias: number | null;
}

/**
 * Where the aliases stand. @throws AppError `conflict` when one was moved since the campaign began: the evidence is
 * about a change of another text.
 */
async function standings(context: Context, body: ProposalBody, alias: string): Promise<Standing[]> {
  const found: Standing[] = [];
  for (const change of body.changes) {
    if (change.prompt === null) continue;
    const { name, version } = change.prompt;
    const now = (await listAliases(context, name)).find((item) => item.alias === alias)?.version ?? null;
    if (now !== null && now !== version)
      throw new AppError(
        "conflict",
        `${alias} of ${name} stands at version ${now}; the evidence is about a change of ${version}`,
        {
          hint: "Move it back, give another alias, or run a campaign from where it stands.",
        },
      );
    found.push({ change, name, alias: now });
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

async function applied(
  context: Context,
  { id, body }: Proposal,
  input: ApplyProposal,
): Promise<AppliedPrompt[]> {
  const prompts: AppliedPrompt[] = [];
  for (const { change, name, alias: aliasBefore } of await standings(context, body, input.alias)) {
    const { version } = await keepPrompt(context, {
      name,
      text: change.after,
      parent: change.prompt?.version,
      message: `${id}: ${body.hypothesis ?? "proposal of a campaign"}`.slice(0, 500),
    });
    await moveAlias(context, {
      name,
      alias: input.alias,
      version: version.version,
      expected: aliasBefore,
      note: `proposal ${id}`,
    });
    prompts.push({ name, version: version.version, alias: input.alias, aliasBefore, file: null });
  }
  return prompts;
}

async function rolledBack(context: Context, { id, body }: Proposal): Promise<AppliedPrompt[]> {
  const last = body.history.findLast(({ status }) => status === "applied");
  for (const { name, alias, version, aliasBefore } of last?.prompts ?? [])
    if (alias !== null)
      await moveAlias(context, {
        name,
        alias,
        version: aliasBefore,
        expected: version,
        note: `${id} rolled back`,
      });
  return [...(last?.prompts ?? [])];
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
        columns: ["prompt", "alias", "stands at", "moves to"],
        rows: standing.map(({ name, alias }): Json[] => [name, input.alias, alias, "a new version"]),
      },
      ...(patch === null
        ? {}
        : { files: patch === "there" ? "the patch is in the working tree already" : "the patch fits" }),
    },
    untrusted: {
      diffs: Object.fromEntries(body.changes.map((change) => [change.component, changeDiff(change)])),
    },
  };
}

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
      ? await applied(context, proposal, input)
      : action === "rollback"
        ? await rolledBack(context, proposal)
        : [];
  const to: ProposalStatus = TO[action];
  const history = [...body.history, { status: to, atUs: context.now(), reason, prompts }];
  await context.store.records.optimizations.moveProposal(context.project.id, id, {
    from: FROM[action],
    to,
    body: { ...body, history },
  });
  return {
    data: {
      proposal: id,
      status: to,
      ...(prompts.length > 0
        ? {
            prompts: {
              columns: ["prompt", "version", "alias", "stood at"],
              rows: prompts.map(({ name, version, alias, aliasBefore }): Json[] => [
                name,
                version,
                alias,
                aliasBefore,
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
              arguments: { proposal: id, action: "rollback" },
              why: "if it turns out worse",
            },
          ]
        : [],
  };
}
