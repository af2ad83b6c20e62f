-- Facts about the store itself. `generation` is raised by each deletion: whoever remembers which contents and
-- chains are stored forgets it when the number changes.
CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('generation', 0);

CREATE TABLE job (
  id TEXT PRIMARY KEY,
  project INTEGER NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  input TEXT NOT NULL,
  done REAL NOT NULL DEFAULT 0,
  total REAL,
  unit TEXT NOT NULL,
  result TEXT NOT NULL DEFAULT 'null',
  error TEXT,
  created_us INTEGER NOT NULL,
  updated_us INTEGER NOT NULL,
  epoch INTEGER NOT NULL DEFAULT 0,
  lease_until_us INTEGER,
  cancel_requested INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX job_project ON job (project, created_us);

CREATE TABLE idempotency (
  project INTEGER NOT NULL,
  key TEXT NOT NULL,
  args_hash TEXT NOT NULL,
  record TEXT NOT NULL,         -- JSON: what the first call answered
  created_us INTEGER NOT NULL,
  PRIMARY KEY (project, key)
) STRICT, WITHOUT ROWID;

-- What was deleted: counts, never text.
CREATE TABLE tombstone (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  created_us INTEGER NOT NULL,
  filter TEXT NOT NULL,
  counts TEXT NOT NULL
) STRICT;
-- A deleted trace stays deleted when its sender retries; holds the hash of the trace id only.
CREATE TABLE deleted_trace (
  project INTEGER NOT NULL,
  trace_hash BLOB NOT NULL,
  PRIMARY KEY (project, trace_hash)
) STRICT, WITHOUT ROWID;
