-- Optimizations, their events, looks at sealed examples, proposals. A job may make several evaluations.

CREATE TABLE evaluation_again (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  project INTEGER NOT NULL,
  job TEXT NOT NULL,
  dataset TEXT NOT NULL,
  note TEXT,
  setup TEXT NOT NULL,          -- JSON
  summary TEXT NOT NULL DEFAULT 'null',
  result_hash TEXT,
  changed INTEGER NOT NULL DEFAULT 0,   -- the target's tree changed while it ran
  created_us INTEGER NOT NULL,
  ended_us INTEGER
) STRICT;
CREATE TABLE evaluation_row_again (
  id INTEGER PRIMARY KEY,
  evaluation INTEGER NOT NULL REFERENCES evaluation_again (seq),
  example_id TEXT NOT NULL,
  repeat INTEGER NOT NULL,
  split TEXT NOT NULL,
  status TEXT NOT NULL,
  deflated INTEGER NOT NULL,
  data BLOB NOT NULL,           -- the row as JSON
  UNIQUE (evaluation, example_id, repeat)
) STRICT;
INSERT INTO evaluation_again
  SELECT seq, id, project, job, dataset, note, setup, summary, result_hash, changed, created_us, ended_us FROM evaluation;
INSERT INTO evaluation_row_again
  SELECT id, evaluation, example_id, repeat, split, status, deflated, data FROM evaluation_row;
DROP TABLE evaluation_row;
DROP TABLE evaluation;
ALTER TABLE evaluation_again RENAME TO evaluation;
ALTER TABLE evaluation_row_again RENAME TO evaluation_row;
CREATE INDEX evaluation_project ON evaluation (project, dataset);

CREATE TABLE optimization (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  project INTEGER NOT NULL,
  job TEXT NOT NULL,
  note TEXT,
  setup TEXT NOT NULL,          -- JSON
  stop_requested INTEGER NOT NULL DEFAULT 0,
  summary TEXT NOT NULL DEFAULT 'null',
  result_hash TEXT,
  created_us INTEGER NOT NULL,
  ended_us INTEGER
) STRICT;
CREATE INDEX optimization_project ON optimization (project);

-- What happened in a campaign, in its logical order: the same however often its job was killed.
CREATE TABLE optimization_event (
  optimization INTEGER NOT NULL REFERENCES optimization (seq),
  number INTEGER NOT NULL,      -- from 0
  deflated INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (optimization, number)
) STRICT, WITHOUT ROWID;

-- Each sealed example with the looks at it, so that every further look is held to a stricter level.
CREATE TABLE holdout_look (
  project INTEGER NOT NULL,
  example_id TEXT NOT NULL,
  look TEXT NOT NULL,
  PRIMARY KEY (project, example_id, look)
) STRICT, WITHOUT ROWID;

CREATE TABLE proposal (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  project INTEGER NOT NULL,
  optimization TEXT NOT NULL,
  status TEXT NOT NULL,
  body TEXT NOT NULL,           -- JSON
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL
) STRICT;
CREATE INDEX proposal_project ON proposal (project, optimization);
