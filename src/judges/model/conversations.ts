import { label, modelJudge } from "./define.ts";

/** Judges of a whole conversation. */
export const conversationJudges = [
  modelJudge({
    name: "user_frustration",
    summary: "Did the agent leave the user frustrated?",
    level: "session",
    threshold: 0.5,
    needs: ["conversation|output"],
    otherNames: {
      mlflow: "UserFrustration",
      phoenix: "UserFrictionEvaluator",
      openevals: "USER_SATISFACTION_PROMPT, PERCEIVED_ERROR_PROMPT",
    },
    labels: [
      label("none", 1, "no sign of frustration that the agent gave cause for"),
      label("resolved", 0.5, "there was some, and the user's last words show that it has passed"),
      label("unresolved", 0, "there was some, and nothing shows that it has passed"),
    ],
  }),
  modelJudge({
    name: "role_adherence",
    summary: "Did the agent stay in the role and within the limits that its instructions set?",
    level: "session",
    needs: ["conversation|output"],
    otherNames: {
      deepeval: "RoleAdherenceMetric, RoleViolationMetric, TopicAdherenceMetric",
      ragas: "TopicAdherenceScore",
      mlflow: "ConversationalRoleAdherence",
      openevals: "AGENT_TONE_PROMPT",
    },
    labels: [
      label("in_role", 1, "every answer fits the role and keeps its limits"),
      label("out_of_role", 0, "at least one answer does not; the rationale quotes it"),
    ],
  }),
  modelJudge({
    name: "knowledge_retention",
    summary: "Did the agent remember what the user had told it?",
    level: "session",
    needs: ["conversation|output"],
    otherNames: {
      deepeval: "KnowledgeRetentionMetric",
      mlflow: "KnowledgeRetention",
      openevals: "KNOWLEDGE_RETENTION_PROMPT",
    },
    labels: [
      label("retained", 1, "what the user had told was used or left standing wherever it mattered"),
      label("lost", 0, "at least once it was asked for again, contradicted or overlooked"),
      label("nothing_told", null, "the user told nothing that a later answer could have needed"),
    ],
  }),
] as const;
