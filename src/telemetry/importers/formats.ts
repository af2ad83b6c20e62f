import { chatImporter } from "./chat.ts";
import { claudeCodeImporter } from "./claude-code.ts";
import { codexImporter } from "./codex.ts";
import type { Format, Importer, LabelOptions, Sample } from "./contract.ts";
import { feedbackImporter } from "./feedback.ts";
import { langfuseImporter } from "./langfuse.ts";
import { mlflowImporter } from "./mlflow.ts";
import { otlpImporter } from "./otlp.ts";
import { otlpProtobufImporter } from "./otlp-protobuf.ts";

/** In order of how much a format's marks say: the first that recognises a file reads it. */
const IMPORTERS: readonly Importer[] = [
  otlpImporter,
  claudeCodeImporter,
  codexImporter,
  langfuseImporter,
  mlflowImporter,
  chatImporter,
  feedbackImporter,
  otlpProtobufImporter,
];

export const detectFormat = (sample: Sample, labels: LabelOptions): Importer | null =>
  IMPORTERS.find((importer) => importer.detect(sample, labels)) ?? null;

export function importerOf(format: Format): Importer | null {
  return IMPORTERS.find((importer) => importer.format === format) ?? null;
}
