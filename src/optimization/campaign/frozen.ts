import { hashOf } from "../../canonical.ts";
import { AppError } from "../../errors.ts";
import { hashProgram } from "../../judges/hash-program.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { resolveEndpoint } from "../../llm/endpoints.ts";
import { endpointFingerprint } from "../../llm/fingerprint.ts";
import type { Example } from "../../model/example.ts";
import type { Json } from "../../model/json.ts";
import type { OptimizationJobInput } from "./job-input.ts";

export interface FrozenParts {
  readonly input: OptimizationJobInput;
  readonly examples: readonly Example[];
  readonly ledger: Ledger;
}

interface Part {
  readonly name: string;
  /** How a change of it is told. */
  readonly says: string;
  now(): Promise<string>;
}

/** What verdicts depend on beside the setup itself. */
function judgeParts(input: OptimizationJobInput): Part[] {
  const programs = input.setup.judges.flatMap(({ name, params }): Part[] => {
    const program: Json | undefined = params["program"];
    return typeof program === "string"
      ? [
          {
            name: `program:${name}`,
            says: `the program of judge ${name}`,
            now: () => hashProgram(input.repository, program),
          },
        ]
      : [];
  });
  const models = input.setup.judges.flatMap(({ name, kind, model }): Part[] =>
    kind === "llm" && model !== null
      ? [
          {
            name: `endpoint:${name}`,
            says: `the model that answers for judge ${name}`,
            now: async () => {
              const endpoint = await resolveEndpoint(model);
              return endpoint ? endpointFingerprint(endpoint) : "none";
            },
          },
        ]
      : [],
  );
  return [...programs, ...models];
}

function partsOf({ input, examples }: FrozenParts): Part[] {
  const all = examples.map(({ id, hash }) => [id, hash]);
  return [
    ...judgeParts(input),
    { name: "examples", says: "the dataset's examples", now: async () => hashOf(all) },
  ];
}

/** What the judges were when the campaign began, by part: what the look at the holdout is held to. */
export async function frozenJudges({
  input,
  ledger,
}: Pick<FrozenParts, "input" | "ledger">): Promise<Record<string, string>> {
  const parts = await Promise.all(
    judgeParts(input).map(async ({ name, now }) => [
      name,
      String(await ledger.decide(`frozen:${name}`, now)),
    ]),
  );
  return Object.fromEntries(parts);
}

/**
 * What has changed since the campaign began, of what its setup names but does not hold: programs of judges, the models behind
 * their endpoints, and examples that were deleted with their source. What it was is recorded the first time.
 */
export async function changesSinceStart(parts: FrozenParts): Promise<string[]> {
  const changed: string[] = [];
  for (const { name, says, now } of partsOf(parts)) {
    const is = await now();
    if ((await parts.ledger.decide(`frozen:${name}`, () => is)) !== is) changed.push(says);
  }
  return changed;
}

const conflict = (changed: readonly string[]): AppError =>
  new AppError("conflict", `Changed inside the campaign: ${changed.join(", ")}`, {
    hint: "Bring back what it was and resume, or start a new campaign: scores of before and after cannot be compared.",
  });

/** @throws AppError `conflict` when the look would be judged otherwise than the search was. */
export async function checkJudges(
  input: OptimizationJobInput,
  was: Readonly<Record<string, string>>,
): Promise<void> {
  const changed: string[] = [];
  for (const { name, says, now } of judgeParts(input)) {
    const before = was[name];
    if (before !== undefined && before !== (await now())) changed.push(says);
  }
  if (changed.length > 0) throw conflict(changed);
}

/** @throws AppError `conflict` when a campaign that goes on would be measured otherwise than it was begun. */
export async function checkFrozen(parts: FrozenParts): Promise<void> {
  const changed = await changesSinceStart(parts);
  if (changed.length > 0) throw conflict(changed);
}
