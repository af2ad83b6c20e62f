import type { Database } from "better-sqlite3";
import { type DerivedRemover, derivedNotes } from "./derived.ts";

interface Use {
  readonly version: number;
  readonly dataset: number;
  readonly name: string;
  readonly exampleId: string;
}

/** Removes an example by its body: from every version that has it, with the results of running it. */
export function exampleRemover(db: Database): DerivedRemover {
  const uses = db.prepare<[number], Use>(
    `SELECT e.version, v.dataset, d.name, e.example_id AS exampleId FROM dataset_example e
     JOIN dataset_version v ON v.id = e.version JOIN dataset d ON d.id = v.dataset WHERE e.body = ?`,
  );
  const recount = db.prepare(
    `UPDATE dataset_version AS v SET examples = v.examples - e.n, train = v.train - e.train,
       validation = v.validation - e.validation, holdout = v.holdout - e.holdout, failing = v.failing - e.failing,
       passing = v.passing - e.passing, synthetic = v.synthetic - e.synthetic
     FROM (SELECT version, count(*) AS n, sum(split = 'train') AS train, sum(split = 'validation') AS validation,
         sum(split = 'holdout') AS holdout, sum(role = 'failing') AS failing, sum(role = 'passing') AS passing,
         sum(synthetic) AS synthetic
       FROM dataset_example WHERE body = ? GROUP BY version) e WHERE e.version = v.id`,
  );
  const removals = [
    "DELETE FROM dataset_example WHERE body = ?",
    "DELETE FROM example_body WHERE id = ?",
  ].map((text) => db.prepare(text));
  const results = db
    .prepare<[number, string, string], number>(
      `SELECT r.id FROM evaluation e JOIN evaluation_row r ON r.evaluation = e.seq
       WHERE e.project = ? AND e.dataset = ? AND r.example_id = ?`,
    )
    .pluck();
  const removeResult = resultRemover(db);
  const { forget } = derivedNotes(db);
  return (project, ref) => {
    const body = Number(ref);
    const examples = new Map(uses.all(body).map((use) => [`${use.dataset}:${use.exampleId}`, use]));
    recount.run(body);
    for (const removal of removals) removal.run(body);
    let removed = 0;
    for (const { name, exampleId } of examples.values()) {
      for (const id of results.all(project, name, exampleId)) {
        removed += removeResult(project, String(id)).results ?? 0;
        forget(project, "result", String(id));
      }
    }
    return { examples: examples.size, results: removed };
  };
}

/** Removes one row of an evaluation. */
export function resultRemover(db: Database): DerivedRemover {
  const remove = db.prepare("DELETE FROM evaluation_row WHERE id = ?");
  return (_project, ref) => ({ results: remove.run(Number(ref)).changes });
}
