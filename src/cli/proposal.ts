import { renderAnswer } from "../app/call-tool.ts";
import type { Context } from "../context.ts";
import { invalidInput } from "../errors.ts";
import type { Answer } from "../model/answer.ts";
import { promptAlias } from "../model/prompt.ts";
import { applyProposal } from "../optimization/campaign/apply.ts";
import { proposalMarkdown } from "../optimization/campaign/proposal-markdown.ts";
import { findProposal, listProposals, showProposal } from "../optimization/campaign/proposals.ts";
import { present } from "../privacy/present.ts";
import { printAnswer } from "./print.ts";
import { withApp } from "./with-app.ts";

export interface ProposalOptions {
  readonly project?: string;
  readonly markdown?: boolean;
  readonly alias: string;
  readonly watchJudge?: readonly string[];
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly cursor?: string;
  readonly json?: boolean;
}

const LIST_LIMIT = 50;
const MAX_CHARS = 1_000_000;

/** Diffs are text of a model, and this may be a terminal. */
const cleaned = (markdown: string): string => String(present(markdown, { maxChars: MAX_CHARS }).value);

function aliasOf({ alias }: ProposalOptions): string {
  const parsed = promptAlias.safeParse(alias);
  if (parsed.success) return parsed.data;
  throw invalidInput(`The alias ${parsed.error.issues[0]?.message}`);
}

function answerTo(
  context: Context,
  action: string,
  proposal: string,
  options: ProposalOptions,
): Promise<Answer> {
  if (action === "show") return showProposal(context, { id: proposal });
  if (action !== "apply" && action !== "reject" && action !== "rollback")
    throw invalidInput(`No action "${action.slice(0, 40)}"`, "Actions: list, show, apply, reject, rollback.");
  const { reason, dryRun = false, watchJudge: watch } = options;
  return applyProposal(context, { proposal, action, alias: aliasOf(options), reason, watch, dryRun });
}

/** `evalwright proposal`: what campaigns ended in, applied, turned down, or taken back. */
export async function proposalCommand(
  action: string,
  id: string | undefined,
  options: ProposalOptions,
): Promise<void> {
  await withApp(options, async (context) => {
    const print = (answer: Answer) => {
      const value = renderAnswer(answer);
      if (options.json) console.log(JSON.stringify(value));
      else printAnswer(value);
    };
    if (action === "list") print(await listProposals(context, { limit: LIST_LIMIT, cursor: options.cursor }));
    else if (id === undefined)
      throw invalidInput("A proposal is needed", "evalwright proposal list shows them.");
    else if (action === "show" && options.markdown)
      process.stdout.write(`${cleaned(proposalMarkdown(await findProposal(context, id)))}\n`);
    else print(await answerTo(context, action, id, options));
  });
}
