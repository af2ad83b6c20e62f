import { label, modelJudge } from "./define.ts";

/** Judges of what an answer rests on, and of what was retrieved for it. */
export const evidenceJudges = [
  modelJudge({
    name: "groundedness",
    aliases: ["faithfulness"],
    summary: "Is every claim of the answer supported by what the agent retrieved or was given?",
    needs: ["output", "expectations.context|retrievals|toolCalls"],
    otherNames: {
      deepeval: "FaithfulnessMetric, TurnFaithfulnessMetric (level turn)",
      ragas: "Faithfulness, ResponseGroundedness",
      mlflow: "RetrievalGroundedness",
      phoenix: "FaithfulnessEvaluator, ToolResponseHandlingEvaluator",
      promptfoo: "context-faithfulness",
      autoevals: "Faithfulness",
      openevals: "RAG_GROUNDEDNESS_PROMPT",
    },
    labels: [
      label("grounded", 1, "each claim of substance follows from the evidence"),
      label(
        "partly_grounded",
        0.5,
        "the main claims follow; a lesser one is not in the evidence, yet does not contradict it",
      ),
      label("ungrounded", 0, "a main claim is not in the evidence, or any claim contradicts it"),
    ],
  }),
  modelJudge({
    name: "hallucination",
    summary: "Is the answer free of invented facts, sources and deeds?",
    needs: ["output"],
    otherNames: {
      deepeval: "HallucinationMetric",
      phoenix: "HallucinationEvaluator",
      openevals: "HALLUCINATION_PROMPT",
    },
    labels: [
      label("none", 1, "nothing invented"),
      label("hallucinated", 0, "at least one invention; the rationale quotes it"),
    ],
  }),
  modelJudge({
    name: "retrieval_relevance",
    summary: "Are the retrieved documents about what was looked for? Per retrieval.",
    shape: "per_retrieval",
    threshold: 0.5,
    needs: ["retrievals"],
    otherNames: {
      deepeval:
        "ContextualRelevancyMetric, ContextualPrecisionMetric, TurnContextualRelevancyMetric, TurnContextualPrecisionMetric",
      ragas:
        "ContextRelevance, ContextPrecision, ContextUtilization, LLMContextPrecisionWithoutReference, LLMContextPrecisionWithReference",
      mlflow: "RetrievalRelevance",
      phoenix: "DocumentRelevanceEvaluator, RetrievalRelevanceEvaluator",
      promptfoo: "context-relevance",
      autoevals: "ContextRelevancy, ContextPrecision",
      openevals: "RAG_RETRIEVAL_RELEVANCE_PROMPT",
    },
    labels: [
      label("relevant", 1, "most of the documents help with what was looked for, the first among them"),
      label("mixed", 0.5, "some help, but most do not, or the first does not"),
      label("irrelevant", 0, "none helps"),
      label("empty", null, "no document came back"),
    ],
  }),
  modelJudge({
    name: "retrieval_sufficiency",
    summary: "Do the retrieved documents hold what was looked for? Per retrieval.",
    shape: "per_retrieval",
    threshold: 0.5,
    needs: ["retrievals"],
    otherNames: {
      deepeval: "ContextualRecallMetric, TurnContextualRecallMetric",
      ragas: "LLMContextRecall, ContextRecall",
      mlflow: "RetrievalSufficiency",
      promptfoo: "context-recall",
      autoevals: "ContextRecall",
    },
    labels: [
      label("sufficient", 1, "all that was looked for is in the documents"),
      label("partial", 0.5, "a part of it is"),
      label("insufficient", 0, "none of it is, or no document came back"),
    ],
  }),
] as const;
