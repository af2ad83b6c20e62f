const IMAGES = "none: write instructions, for a model that takes images";
const RECIPE = "none: run it by `command`";
const RECIPE_DEEPEVAL = "none: run it by `command` with examples/judges/deepeval_metric.py";
const RECIPE_RAGAS = "none: run it by `command` with examples/judges/ragas_metric.py";

/** Metrics of other libraries that no judge here stands for, and what to do instead. */
export const NOT_HERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  deepeval: {
    AdversarialRobustnessMetric: RECIPE_DEEPEVAL,
    ImageCoherenceMetric: IMAGES,
    ImageEditingMetric: IMAGES,
    ImageHelpfulnessMetric: IMAGES,
    ImageReferenceMetric: IMAGES,
    TextToImageMetric: IMAGES,
  },
  ragas: {
    AnswerSimilarity: RECIPE_RAGAS,
    ChrfScore: RECIPE_RAGAS,
    ContextEntityRecall: RECIPE_RAGAS,
    DataCompyScore: RECIPE_RAGAS,
    FaithfulnesswithHHEM: RECIPE,
    IDBasedContextPrecision: RECIPE,
    IDBasedContextRecall: RECIPE,
    MultiModalFaithfulness: IMAGES,
    MultiModalRelevance: IMAGES,
    NoiseSensitivity: RECIPE_RAGAS,
    NonLLMContextPrecisionWithReference: RECIPE,
    NonLLMContextRecall: RECIPE,
    NumericMetric: "none: write instructions, with labels for the steps of the scale",
    RankingMetric: "`preference`, pair by pair",
    SemanticSimilarity: RECIPE_RAGAS,
  },
  phoenix: {
    PrecisionRecallFScore: "none for one item: `exact_match` on labels, counted over a dataset",
  },
  autoevals: {
    EmbeddingSimilarity: RECIPE,
    Humor: "`guidelines`",
    Possible: "`guidelines`",
    Security: "`guidelines`",
    Translation: "`equivalence`",
  },
};
