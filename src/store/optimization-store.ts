import type { Json } from "../model/json.ts";
import type { Optimization, OptimizationSetup } from "../model/optimization.ts";
import type { Proposal, ProposalBody, ProposalStatus } from "../model/proposal.ts";
import type { Holder } from "./ledger-store.ts";
import type { Page } from "./store.ts";

/** Campaigns, what happened in them, looks at sealed examples, and proposals. */
export interface OptimizationStore {
  /** Creates it, or gives back the one that this job made before. Throws `conflict` when the id is another job's. */
  create(optimization: {
    id: string;
    projectId: string;
    jobId: string;
    note: string | null;
    setup: OptimizationSetup;
  }): Promise<Optimization>;
  get(projectId: string, id: string): Promise<Optimization | undefined>;
  /** Newest first. */
  list(query: { projectId: string; limit: number; cursor?: string | undefined }): Promise<Page<Optimization>>;
  /** Asks a campaign to end at its next step. */
  requestStop(projectId: string, id: string): Promise<void>;
  /** Writes an event over an earlier one of the same number. Throws `conflict` when the holder lost the job. */
  putEvent(holder: Holder, id: string, number: number, event: Json): Promise<void>;
  /** Events from a number on, in order; at most 500. */
  readEvents(query: {
    projectId: string;
    id: string;
    from: number;
    limit: number;
  }): Promise<readonly { readonly number: number; readonly event: Json }[]>;
  /** Throws `conflict` when the holder lost the job. */
  finish(
    holder: Holder,
    id: string,
    end: { readonly summary: Json; readonly resultHash: string },
  ): Promise<void>;
  /**
   * Notes a look at sealed examples, once by its id.
   * @returns how often the one of them that was looked at most has been looked at, this look included.
   */
  noteLook(projectId: string, look: string, exampleIds: readonly string[]): Promise<number>;
  /** How often the one of these sealed examples that was looked at most has been looked at; 0: never. */
  countLooks(projectId: string, exampleIds: readonly string[]): Promise<number>;

  /** Creates it, or leaves the one with this id as it is. */
  createProposal(proposal: {
    id: string;
    projectId: string;
    optimizationId: string;
    body: ProposalBody;
  }): Promise<Proposal>;
  getProposal(projectId: string, id: string): Promise<Proposal | undefined>;
  /** Newest first; with `optimizationId` only of that campaign. */
  listProposals(query: {
    projectId: string;
    optimizationId?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  }): Promise<Page<Proposal>>;
  /** Replaces body and status. Throws `conflict` when its status is no longer `from`. */
  moveProposal(
    projectId: string,
    id: string,
    change: { readonly from: ProposalStatus; readonly to: ProposalStatus; readonly body: ProposalBody },
  ): Promise<Proposal>;
}
