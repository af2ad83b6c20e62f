import { readAllExamples } from "../datasets/merge.ts";
import { type JudgingTools, judgeItem, judgePair } from "../evaluation/judge-item.ts";
import { sourcesOf } from "../evaluation/obtain.ts";
import type { Held } from "../evaluation/pipeline.ts";
import { keptVerdict } from "../evaluation/verdict-feedback.ts";
import { forEachConcurrent } from "../for-each.ts";
import type { Recording } from "../judges/agent/reading-tools.ts";
import type { Example } from "../model/example.ts";
import type { ResolvedJudge } from "../model/judge.ts";
import type { Verdict, VerdictPart } from "../model/verdict.ts";
import type { Store } from "../store/store.ts";
import { exampleItem, observedItem, pairOfItems, type ShownItem } from "./item.ts";
import { type LabelledItem, type Place, placeId } from "./labelled-item.ts";

/** What the judge said of one place; `reused`: it had said it before. */
export interface Obtained {
  readonly verdict: Verdict;
  readonly reused: boolean;
}

export interface Obtaining {
  readonly store: Store;
  readonly projectId: string;
  readonly judge: ResolvedJudge;
  readonly labelName: string;
  readonly judging: JudgingTools;
  onDone?(): void;
}

const AT_ONCE = 64;

type OfDataset = Extract<Place, { kind: "example" | "pair" }>;

const exampleKey = ({ dataset, version }: OfDataset): string => `${dataset}@${version}`;

/** Examples of the datasets that places name, read once each. */
export async function examplesOf(store: Store, projectId: string, places: readonly Place[]) {
  const found = new Map<string, Example>();
  const datasets = new Map(
    places.flatMap((place) =>
      place.kind === "example" || place.kind === "pair" ? [[exampleKey(place), place] as const] : [],
    ),
  );
  for (const { dataset, version } of datasets.values())
    for (const example of await readAllExamples(store, projectId, dataset, version, ["train", "validation"]))
      found.set(`${dataset}@${version}/${example.id}`, example);
  return found;
}

type Examples = ReadonlyMap<string, Example>;

/** What the judge is shown of a place; of a span the whole trace. */
export async function shownItem(
  { store, projectId, labelName }: Pick<Obtaining, "store" | "projectId" | "labelName">,
  place: Place,
  examples: Examples,
): Promise<ShownItem | null> {
  if (place.kind === "session")
    return observedItem(store, projectId, { sessionId: place.sessionId }, labelName);
  if (place.kind !== "example" && place.kind !== "pair")
    return observedItem(store, projectId, { traceId: place.traceId }, labelName);
  const example = examples.get(`${exampleKey(place)}/${place.exampleId}`);
  return example ? exampleItem(store, projectId, example, labelName) : null;
}

/** A verdict on a trace that was given before counts only where nothing that people said could have told it. */
async function reusable(obtaining: Obtaining, place: Place): Promise<Verdict | undefined> {
  const { store, projectId, judge } = obtaining;
  if (place.kind !== "session" && place.kind !== "trace") return undefined;
  const where = place.kind === "session" ? { sessionId: place.sessionId } : { traceId: place.traceId };
  const all = await store.traces.readAssessments({ projectId, ...where, includeTraces: true, limit: 5_000 });
  const told = all.some(
    ({ kind, value, rationale, source }) =>
      kind === "feedback" &&
      (source === "human" || source === "end_user") &&
      ((value === false && rationale !== null) || typeof value === "string"),
  );
  return told ? undefined : keptVerdict(judge, all, where);
}

/** Of a verdict with places of its own, what it says of one span. */
function atSpan(verdict: Verdict, spanId: string, judge: ResolvedJudge): Verdict {
  const part: VerdictPart | undefined = verdict.parts.find((one) => one.spanId === spanId);
  if (verdict.state !== "scored" && part === undefined) return verdict;
  if (part?.value === null || part === undefined)
    return { ...verdict, state: "unscored", reason: part ? "cannot_tell" : "input_missing", pass: null };
  const before = judge.negate ? 1 - part.value : part.value;
  const pass = judge.threshold === null ? null : before >= judge.threshold !== judge.negate;
  return { ...verdict, state: "scored", value: part.value, label: part.label, pass };
}

/** Both answers are the example's own; what people said of them is shown to nobody. */
async function obtainPair(
  { judge, judging, labelName }: Obtaining,
  place: OfDataset,
  examples: Examples,
): Promise<Obtained | Held | null> {
  const example = examples.get(`${exampleKey(place)}/${place.exampleId}`);
  const pair = example && pairOfItems(example, labelName);
  if (!pair) return null;
  const verdict = await judgePair(
    judge,
    { candidate: pair.first, baseline: pair.second, drawKey: place.exampleId },
    sourcesOf(example),
    judging,
  );
  return typeof verdict === "string" ? verdict : { verdict, reused: false };
}

/** What a judge that reads by tools opens: the same that it opens when it is used. */
function recordingAt(place: Place): Recording | null {
  if (place.kind === "session") return { sessionId: place.sessionId };
  return place.kind === "trace" || place.kind === "span" ? { traceIds: [place.traceId] } : null;
}

async function obtainOne(
  obtaining: Obtaining,
  place: Place,
  examples: Examples,
): Promise<Obtained | Held | null> {
  const { judge, judging } = obtaining;
  const kept = judging.take === undefined ? await reusable(obtaining, place) : undefined;
  if (kept) return { verdict: kept, reused: true };
  if (place.kind === "pair") return obtainPair(obtaining, place, examples);
  const shown = await shownItem(obtaining, place, examples);
  if (!shown) return null;
  const verdict = await judgeItem(judge, shown.item, shown.sources, judging, recordingAt(place));
  return typeof verdict === "string" ? verdict : { verdict, reused: false };
}

export interface AllObtained {
  /** By the place's id; a place without one is not there any more. */
  readonly verdicts: ReadonlyMap<string, Obtained>;
  readonly held: readonly Held[];
}

const judgedPlace = (place: Place): Place =>
  place.kind === "span" ? { kind: "trace", traceId: place.traceId } : place;

/** The judge's verdict on every labelled item: kept ones are used again, the others asked for through the ledger. */
export async function obtainVerdicts(
  obtaining: Obtaining,
  items: readonly Pick<LabelledItem, "id" | "place">[],
): Promise<AllObtained> {
  const { judge, judging, store, projectId } = obtaining;
  const places = new Map(items.map(({ place }) => [placeId(judgedPlace(place)), judgedPlace(place)]));
  const examples = await examplesOf(store, projectId, [...places.values()]);
  const judged = new Map<string, Obtained>();
  const held: Held[] = [];
  await forEachConcurrent([...places], AT_ONCE, async ([id, place]) => {
    judging.signal.throwIfAborted();
    const obtained = await obtainOne(obtaining, place, examples);
    if (obtained === "pending" || obtained === "over_budget") held.push(obtained);
    else if (obtained) judged.set(id, obtained);
    obtaining.onDone?.();
  });
  const verdicts = new Map<string, Obtained>();
  for (const { id, place } of items) {
    const found = judged.get(placeId(judgedPlace(place)));
    if (!found) continue;
    const { verdict, reused } = found;
    verdicts.set(
      id,
      place.kind === "span" ? { verdict: atSpan(verdict, place.spanId, judge), reused } : found,
    );
  }
  return { verdicts, held };
}
