import { describe, expect, it } from "vitest";
import { namesOf } from "../../scripts/judges-doc.ts";
import { findBuiltin } from "../../src/judges/catalogue.ts";

const words = (text: string) => text.trim().split(/\s+/);

/** The metrics that each library exports, without base classes; DeepEval with Metric, Phoenix with Evaluator at the end. */
const EXPORTED = {
  // deepeval/metrics/__init__.py, 2026-08
  deepeval:
    words(`ExactMatch PatternMatch GEval ArenaGEval ConversationalGEval DAG ConversationalDAG AnswerRelevancy
    Faithfulness ContextualRecall ContextualRelevancy ContextualPrecision MCPTaskCompletion MultiTurnMCPUse MCPUse
    Hallucination Bias Toxicity Summarization PIILeakage NonAdvice Misuse RoleViolation ToolPermission RoleAdherence
    AdversarialRobustness ToolCorrectness JsonCorrectness PromptAlignment TaskCompletion ArgumentCorrectness
    KnowledgeRetention TopicAdherence StepEfficiency PlanAdherence PlanQuality ToolUse GoalAccuracy AgentLoopDetection
    TurnRelevancy ConversationCompleteness TurnFaithfulness TurnContextualPrecision TurnContextualRecall
    TurnContextualRelevancy TextToImage ImageEditing ImageCoherence ImageHelpfulness ImageReference`).map(
      (name) => (name.endsWith("GEval") ? name : `${name}Metric`),
    ),
  // ragas/metrics/__init__.py, 2025-12
  ragas:
    words(`AnswerAccuracy AnswerCorrectness AnswerRelevancy AnswerSimilarity AspectCritic BleuScore ChrfScore
    ContextEntityRecall ContextPrecision ContextRecall ContextRelevance ContextUtilization DataCompyScore ExactMatch
    FactualCorrectness Faithfulness FaithfulnesswithHHEM IDBasedContextPrecision IDBasedContextRecall InstanceRubrics
    LLMContextPrecisionWithoutReference LLMContextPrecisionWithReference LLMContextRecall LLMSQLEquivalence
    MultiModalFaithfulness MultiModalRelevance NoiseSensitivity NonLLMContextPrecisionWithReference NonLLMContextRecall
    NonLLMStringSimilarity ResponseGroundedness ResponseRelevancy RougeScore RubricsScore SemanticSimilarity
    SimpleCriteriaScore StringPresence SummarizationScore ToolCallAccuracy ToolCallF1 TopicAdherenceScore
    AgentGoalAccuracyWithoutReference AgentGoalAccuracyWithReference DiscreteMetric NumericMetric RankingMetric`),
  // mlflow/genai/scorers/builtin_scorers.py, 2026-03
  mlflow:
    words(`RetrievalRelevance RetrievalSufficiency RetrievalGroundedness ToolCallEfficiency ToolCallCorrectness
    Guidelines ExpectationsGuidelines RelevanceToQuery Safety Fluency Completeness Summarization Correctness Equivalence
    UserFrustration ConversationCompleteness ConversationalSafety ConversationalRoleAdherence ConversationalGuidelines
    ConversationalToolCallEfficiency KnowledgeRetention`),
  // phoenix/evals/metrics/__init__.py, 2026
  phoenix:
    words(`ConcisenessEvaluator CorrectnessEvaluator DocumentRelevanceEvaluator exact_match FaithfulnessEvaluator
    HallucinationEvaluator MatchesRegex PairwiseEvaluator PrecisionRecallFScore RefusalEvaluator
    RetrievalRelevanceEvaluator ToolInvocationEvaluator ToolResponseHandlingEvaluator ToolSelectionEvaluator
    ToxicityEvaluator UserFrictionEvaluator`),
} as const;

describe.each(Object.keys(EXPORTED).filter((name): name is keyof typeof EXPORTED => name in EXPORTED))(
  "the names of %s",
  (library) => {
    const names = namesOf(library);

    it("all lead somewhere", () => {
      const known = new Set([...names.keys()].map((name) => name.replace(/ \(.*\)$/, "")));
      expect(EXPORTED[library].filter((name) => !known.has(name))).toEqual([]);
    });

    it("lead to judges that there are", () => {
      const judges = [...names.values()].flatMap((here) =>
        [...here.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? ""),
      );
      expect(judges.length).toBeGreaterThan(10);
      expect(judges.filter((name) => findBuiltin(name) === undefined)).toEqual([]);
    });
  },
);
