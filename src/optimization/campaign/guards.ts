import { readAllExamples } from "../../datasets/merge.ts";
import type { Example } from "../../model/example.ts";
import type { OptimizationSetup } from "../../model/optimization.ts";
import type { Store } from "../../store/store.ts";
import type { ComponentSpec } from "../reflection/component-spec.ts";
import { copyIndex, examplePassages } from "../reflection/copied.ts";
import type { GuardOptions } from "../reflection/guard.ts";

export const specsOf = ({ components }: OptimizationSetup): ComponentSpec[] =>
  components.map(({ name, text, purpose, preserve, maxLength }) => ({
    name,
    purpose,
    seed: text,
    preserve,
    ...(maxLength === null ? {} : { maxLength }),
  }));

/**
 * What candidates are held to. Of the holdout only hashes of runs of words are made: no text of it leaves this function.
 */
export async function guardsOf(
  setup: OptimizationSetup,
  examples: readonly Example[],
  { store, projectId }: { readonly store: Store; readonly projectId: string },
): Promise<GuardOptions> {
  const seeds = setup.components.flatMap(({ text, preserve }) => [text, ...preserve]);
  const open = examples.map(examplePassages);
  const { name, version } = setup.dataset;
  const sealed = await readAllExamples(store, projectId, name, version, ["holdout"]);
  return {
    components: specsOf(setup),
    training: copyIndex(open, seeds),
    holdout: copyIndex(sealed.map(examplePassages), [...seeds, ...open.flat()]),
  };
}
