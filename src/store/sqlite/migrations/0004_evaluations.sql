-- Datasets, the sealing of their holdout, evaluations and their rows.

CREATE TABLE dataset (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  name TEXT NOT NULL,
  retired_us INTEGER,           -- when its holdout was opened for reading; null: it is sealed
  UNIQUE (project, name)
) STRICT;

CREATE TABLE dataset_version (
  id INTEGER PRIMARY KEY,
  dataset INTEGER NOT NULL REFERENCES dataset (id),
  version INTEGER NOT NULL,     -- 1-based
  hash TEXT NOT NULL,
  parent INTEGER,               -- the version before it
  note TEXT,
  created_us INTEGER NOT NULL,
  saved INTEGER NOT NULL,       -- examples when it was made; the other counts are of those that are there now
  examples INTEGER NOT NULL,
  train INTEGER NOT NULL,
  validation INTEGER NOT NULL,
  holdout INTEGER NOT NULL,
  failing INTEGER NOT NULL,
  passing INTEGER NOT NULL,
  synthetic INTEGER NOT NULL,
  UNIQUE (dataset, version)
) STRICT;

-- What an example says, once by content, however many versions and datasets have it.
CREATE TABLE example_body (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  hash BLOB NOT NULL,           -- first 16 bytes of SHA-256 of the JSON text
  deflated INTEGER NOT NULL,    -- 1: data is raw DEFLATE of the text
  data BLOB NOT NULL,
  UNIQUE (project, hash)
) STRICT;

CREATE TABLE dataset_example (
  version INTEGER NOT NULL REFERENCES dataset_version (id),
  position INTEGER NOT NULL,    -- 0-based
  example_id TEXT NOT NULL,
  hash TEXT NOT NULL,
  grp TEXT NOT NULL,
  split TEXT NOT NULL,
  role TEXT NOT NULL,
  synthetic INTEGER NOT NULL,
  body INTEGER NOT NULL REFERENCES example_body (id),
  PRIMARY KEY (version, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX dataset_example_body ON dataset_example (body);

-- The split of a group, the same in every dataset of the project; of the group's key the hash only.
CREATE TABLE group_split (
  project INTEGER NOT NULL,
  group_hash BLOB NOT NULL,     -- first 16 bytes of SHA-256
  split TEXT NOT NULL,
  PRIMARY KEY (project, group_hash)
) STRICT, WITHOUT ROWID;

-- What is sealed and why: it is the source of a holdout example of a dataset, or (dataset 0) a run on one. Ids may be of
-- what has not arrived yet.
CREATE TABLE seal_session (
  project INTEGER NOT NULL,
  session_id TEXT NOT NULL,
  dataset INTEGER NOT NULL,
  PRIMARY KEY (project, session_id, dataset)
) STRICT, WITHOUT ROWID;
CREATE TABLE seal_trace (
  project INTEGER NOT NULL,
  trace_id BLOB NOT NULL,
  dataset INTEGER NOT NULL,
  PRIMARY KEY (project, trace_id, dataset)
) STRICT, WITHOUT ROWID;

-- The rows that the seals and their sessions come to; what reads and queries leave out. A session is `whole` when every
-- trace that it gets is sealed too.
CREATE TABLE sealed_session (
  session INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  whole INTEGER NOT NULL
) STRICT;
CREATE INDEX sealed_session_project ON sealed_session (project);
CREATE TABLE sealed_trace (trace INTEGER PRIMARY KEY, project INTEGER NOT NULL) STRICT;
CREATE INDEX sealed_trace_project ON sealed_trace (project);

-- Sessions whose text a read tool has shown.
CREATE TABLE opened_session (
  project INTEGER NOT NULL,
  session_id TEXT NOT NULL,
  PRIMARY KEY (project, session_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE evaluation (
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
  ended_us INTEGER,
  UNIQUE (project, job)
) STRICT;

CREATE TABLE evaluation_row (
  id INTEGER PRIMARY KEY,
  evaluation INTEGER NOT NULL REFERENCES evaluation (seq),
  example_id TEXT NOT NULL,
  repeat INTEGER NOT NULL,
  split TEXT NOT NULL,
  status TEXT NOT NULL,
  deflated INTEGER NOT NULL,
  data BLOB NOT NULL,           -- the row as JSON
  UNIQUE (evaluation, example_id, repeat)
) STRICT;

-- Each candidate that was compared with a baseline on a dataset, once.
CREATE TABLE attempt (
  project INTEGER NOT NULL,
  dataset TEXT NOT NULL,
  baseline TEXT NOT NULL,
  candidate TEXT NOT NULL,
  PRIMARY KEY (project, dataset, baseline, candidate)
) STRICT, WITHOUT ROWID;
