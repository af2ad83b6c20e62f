import { expect, it } from "vitest";
import type { Proposal } from "../../../src/model/proposal.ts";
import { proposalMarkdown } from "../../../src/optimization/campaign/proposal-markdown.ts";

const proposal: Proposal = {
  id: "pr-1",
  projectId: "shop",
  optimizationId: "op-1",
  status: "pending",
  createdUs: 1,
  updatedUs: 1,
  body: {
    optimization: "op-1",
    candidate: 2,
    hypothesis: "one line\n## and a heading",
    changes: [{ component: "system", prompt: null, before: "a\n````\nb", after: "a\n````\nc $& {{x}}" }],
    patch: null,
    verdict: "better",
    sentence: "Better on sealed examples.",
    scores: {
      train: { before: null, after: null },
      validation: { before: 0.5, after: 0.75 },
      validationCorrected: 0.7,
      holdout: { before: 0.5, after: 0.7 },
    },
    flips: { gained: ["q1"], lost: [] },
    length: { before: 9, after: 17 },
    comparison: null,
    look: 1,
    limits: ["sealing is not secrecy"],
    history: [],
  },
};

it("a pull request's body: hostile text stays inside its fence and its line", () => {
  const text = proposalMarkdown(proposal);
  expect(text).toContain("## Better: proposal pr-1");
  expect(text).toContain("> one line ## and a heading");
  expect(text).toContain("| holdout | 0.5 | 0.7 |");
  expect(text).toContain("+c $& {{x}}");
  const fences = text.split("\n").filter((line) => /^`{3,}/.test(line));
  expect(fences).toEqual(["`````diff", "`````"]);
  expect(text).toContain("- sealing is not secrecy");
});
