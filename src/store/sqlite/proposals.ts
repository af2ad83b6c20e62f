import type { Database } from "better-sqlite3";
import { AppError, notFound } from "../../errors.ts";
import type { Proposal, ProposalBody, ProposalStatus } from "../../model/proposal.ts";
import { PROPOSAL_COLUMNS, PROPOSAL_SOURCE, toProposal } from "./optimization-rows.ts";
import { nowUs, rowWriter } from "./write-rows.ts";

interface NewProposal {
  readonly id: string;
  readonly projectId: string;
  readonly optimizationId: string;
  readonly body: ProposalBody;
}

interface ProposalMove {
  readonly from: ProposalStatus;
  readonly to: ProposalStatus;
  readonly body: ProposalBody;
}

/** Proposals, as documented on OptimizationStore: the writes. Each is atomic. */
export function proposalOperations(db: Database) {
  const rows = rowWriter(db);
  const find = db.prepare<[string, string]>(
    `SELECT ${PROPOSAL_COLUMNS} FROM ${PROPOSAL_SOURCE} WHERE p.id = ? AND o.id = ?`,
  );
  const insert = db.prepare(
    `INSERT OR IGNORE INTO proposal (id, project, optimization, status, body, created_us, updated_us)
     VALUES (@id, @project, @optimizationId, 'pending', @body, @now, @now)`,
  );
  const update = db.prepare(
    `UPDATE proposal SET status = @to, body = @body, updated_us = @now
     WHERE id = @id AND project = (SELECT key FROM project WHERE id = @projectId) AND status = @from`,
  );
  const create = db.transaction(({ id, projectId, optimizationId, body }: NewProposal): Proposal => {
    rows.forget();
    const project = rows.project(projectId);
    insert.run({ id, project, optimizationId, body: JSON.stringify(body), now: nowUs() });
    return toProposal(find.get(projectId, id));
  });
  const move = db.transaction((projectId: string, id: string, { from, to, body }: ProposalMove): Proposal => {
    const before = find.get(projectId, id);
    if (before === undefined) throw notFound("proposal", id);
    if (update.run({ id, projectId, from, to, body: JSON.stringify(body), now: nowUs() }).changes === 0)
      throw new AppError("conflict", `Proposal ${id} is ${toProposal(before).status} by now`);
    return toProposal(find.get(projectId, id));
  });
  return {
    createProposal: (proposal: NewProposal): Proposal => create.immediate(proposal),
    moveProposal: (projectId: string, id: string, change: ProposalMove): Proposal =>
      move.immediate(projectId, id, change),
  };
}
