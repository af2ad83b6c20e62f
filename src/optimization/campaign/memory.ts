import { z } from "zod";
import type { Ledger } from "../../ledger/ledger.ts";
import { Json } from "../../model/json.ts";
import type { OptimizationSetup } from "../../model/optimization.ts";
import type { Proposal } from "../../model/proposal.ts";
import type { OptimizationStore } from "../../store/optimization-store.ts";
import type { RejectedEdit } from "../search/contract.ts";
import { StoredRejection } from "./events.ts";

const MOST = 6;
const SEEN = 100;

const TurnedDown = z.array(StoredRejection.extend({ reason: z.literal("turned_down") }));

/** What of an earlier proposal concerns texts of this campaign, as an edit of its seed. */
function editOf({ status, body }: Proposal, setup: OptimizationSetup): RejectedEdit[] {
  const changes = body.changes.filter(({ component, prompt }) =>
    setup.components.some((one) => one.name === component && one.prompt?.name === prompt?.name),
  );
  const last = body.history.at(-1);
  if (changes.length === 0) return [];
  return [
    {
      parent: 0,
      components: Object.fromEntries(changes.map(({ component, after }) => [component, after])),
      code: null,
      hypothesis: body.hypothesis,
      reason: "turned_down",
      detail: last?.reason ?? (status === "rolled_back" ? "rolled back after it was applied" : null),
      before: body.scores.holdout.before,
      after: body.scores.holdout.after,
      iteration: 0,
    },
  ];
}

/**
 * Proposals of earlier campaigns for the same texts that were rejected or rolled back, newest first: proposers are told of
 * them, so that they are not made again. Recorded with the campaign, so that one that goes on knows the same.
 */
export async function turnedDown(
  setup: OptimizationSetup,
  {
    optimizations,
    ledger,
    projectId,
  }: { readonly optimizations: OptimizationStore; readonly ledger: Ledger; readonly projectId: string },
): Promise<readonly RejectedEdit[]> {
  const recorded = await ledger.decide("turned_down", async () => {
    const { items } = await optimizations.listProposals({ projectId, limit: SEEN });
    const edits = items
      .filter(({ status }) => status === "rejected" || status === "rolled_back")
      .flatMap((proposal) => editOf(proposal, setup))
      .slice(0, MOST);
    return Json.parse(JSON.parse(JSON.stringify(edits)));
  });
  return TurnedDown.parse(recorded);
}
