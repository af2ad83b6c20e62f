import type { ModelJudge } from "../definition.ts";
import { agentJudges } from "./agents.ts";
import { answerJudges } from "./answers.ts";
import { conversationJudges } from "./conversations.ts";
import { evidenceJudges } from "./evidence.ts";
import { instructionJudges } from "./instructions.ts";
import { pairJudges } from "./pairs.ts";

/** The built-in judges that ask a model or the assistant. Their rubrics are prompts/judges/RUBRIC.md. */
export const modelJudges: readonly ModelJudge[] = [
  ...answerJudges,
  ...evidenceJudges,
  ...instructionJudges,
  ...agentJudges,
  ...conversationJudges,
  ...pairJudges,
];
