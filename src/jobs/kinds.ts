import type { JobRunner } from "./runner.ts";

/** Each kind is loaded when a job of it runs. */
const KINDS: ReadonlyMap<string, () => Promise<JobRunner>> = new Map([
  ["import", async () => (await import("./import.ts")).runImportJob],
  ["evaluation", async () => (await import("../evaluation/run-evaluation.ts")).runEvaluationJob],
  ["optimization", async () => (await import("../optimization/campaign/run-campaign.ts")).runCampaignJob],
  ["final_look", async () => (await import("../optimization/campaign/run-final-look.ts")).runFinalLookJob],
  ["match", async () => (await import("../optimization/match/run-match.ts")).runMatchJob],
  ["match_look", async () => (await import("../optimization/match/run-look.ts")).runMatchLookJob],
  ["judging", async () => (await import("../evaluation/run-judging.ts")).runJudgingJob],
  ["alignment", async () => (await import("../calibration/run-alignment.ts")).runAlignmentJob],
  ["label_sample", async () => (await import("../calibration/label-next.ts")).runLabelNextJob],
  ["census", async () => (await import("../census/run-census.ts")).runCensusJob],
  ["calibration", async () => (await import("../calibration/run-calibration.ts")).runCalibrationJob],
]);

export async function findRunner(kind: string): Promise<JobRunner | undefined> {
  return await KINDS.get(kind)?.();
}
