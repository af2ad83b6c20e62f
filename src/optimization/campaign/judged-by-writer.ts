import { resolveEndpoint } from "../../llm/endpoints.ts";
import type { OptimizationSetup } from "../../model/optimization.ts";

/**
 * The judges that decide and are answered by the very model that writes the candidates: it is not told which those are, and
 * may still like its own ways. They decide all the same; that they do is said.
 */
export async function judgedByWriter({
  proposer,
  model,
  judges,
  primary,
  alongside,
}: OptimizationSetup): Promise<string[]> {
  if (proposer !== "model") return [];
  const writer = await resolveEndpoint(model ?? undefined);
  const names: string[] = [];
  for (const judge of judges) {
    const decides = judge.name === primary || judge.name === alongside;
    if (!decides || judge.kind !== "llm" || judge.model === null) continue;
    const endpoint = await resolveEndpoint(judge.model);
    if (writer && endpoint?.model === writer.model) names.push(judge.name);
  }
  return names;
}
