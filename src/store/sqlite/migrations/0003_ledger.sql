-- Calls that cost or might be repeated, what they may cost, tasks, versions of small named things. Amounts of US
-- dollars that are added up are integers of 1e-9 dollars, so that a sum does not depend on its order.

ALTER TABLE job ADD COLUMN active_us INTEGER NOT NULL DEFAULT 0;  -- how long it has run, up to beat_us
ALTER TABLE job ADD COLUMN beat_us INTEGER;                       -- its last claim or beat

-- Copies of what was observed, by their source: deleting the source removes them.
CREATE TABLE derived (
  project INTEGER NOT NULL,
  source TEXT NOT NULL,         -- 'trace:' and 32 hex digits, or 'session:' and its id
  kind TEXT NOT NULL,           -- what the copy is
  ref TEXT NOT NULL,            -- its name among its kind
  PRIMARY KEY (project, source, kind, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX derived_ref ON derived (project, kind, ref);

-- Calls that were answered, or wait for the answer to a task.
CREATE TABLE call (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,          -- 'answered' or 'pending'
  job TEXT NOT NULL,            -- who ran it or asked
  calls INTEGER NOT NULL DEFAULT 0,
  tokens REAL NOT NULL DEFAULT 0,
  usd REAL DEFAULT 0,           -- null: unknown price
  deflated INTEGER NOT NULL DEFAULT 0,
  answer BLOB,                  -- JSON text
  created_us INTEGER NOT NULL,
  UNIQUE (project, key)
) STRICT;

-- A failure is replayed in its own job only; other jobs try the call again.
CREATE TABLE call_failure (
  project INTEGER NOT NULL,
  key TEXT NOT NULL,
  job TEXT NOT NULL,
  kind TEXT NOT NULL,
  error TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  PRIMARY KEY (project, key, job)
) STRICT, WITHOUT ROWID;
CREATE INDEX call_failure_job ON call_failure (project, job);

-- Calls in flight. Ids are never used twice: a settlement that comes late finds none.
CREATE TABLE reservation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project INTEGER NOT NULL,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  job TEXT NOT NULL,
  epoch INTEGER NOT NULL,
  day TEXT NOT NULL,            -- UTC, which it is charged to
  calls INTEGER NOT NULL,       -- the estimate
  tokens REAL NOT NULL,
  usd REAL,
  open INTEGER NOT NULL DEFAULT 1,      -- 0: its holder died and it was charged; kept for `lost`
  lost INTEGER NOT NULL DEFAULT 0,      -- how often a holder of the call died
  swept INTEGER NOT NULL DEFAULT 0,     -- 1: its source was deleted meanwhile, its answer is not kept
  UNIQUE (project, key)
) STRICT;
CREATE INDEX reservation_job ON reservation (project, job);

-- Sums per job, project and day (UTC), changed in the transaction that changes what they sum.
CREATE TABLE spend (
  project INTEGER NOT NULL,
  scope TEXT NOT NULL,          -- 'job', 'project' or 'day'
  owner TEXT NOT NULL,          -- the job's id, '', or 2026-01-31
  calls INTEGER NOT NULL DEFAULT 0,
  tokens REAL NOT NULL DEFAULT 0,
  nano_usd INTEGER NOT NULL DEFAULT 0,
  unpriced INTEGER NOT NULL DEFAULT 0,
  lost INTEGER NOT NULL DEFAULT 0,
  open_calls INTEGER NOT NULL DEFAULT 0,        -- estimates of what is in flight
  open_tokens REAL NOT NULL DEFAULT 0,
  open_nano_usd INTEGER NOT NULL DEFAULT 0,
  open_unpriced INTEGER NOT NULL DEFAULT 0,
  active_us INTEGER NOT NULL DEFAULT 0,         -- how long its jobs have run; of a job: its own column
  PRIMARY KEY (project, scope, owner)
) STRICT, WITHOUT ROWID;

CREATE TABLE budget (
  project INTEGER NOT NULL,
  scope TEXT NOT NULL,
  owner TEXT NOT NULL,          -- as in spend, but '' for every day
  limits TEXT NOT NULL,         -- JSON
  PRIMARY KEY (project, scope, owner)
) STRICT, WITHOUT ROWID;

CREATE TABLE decision (
  project INTEGER NOT NULL,
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,          -- JSON
  PRIMARY KEY (project, job, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE task (
  seq INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  id TEXT NOT NULL,
  job TEXT NOT NULL,
  call_key TEXT,                -- null: a check
  kind TEXT NOT NULL,
  rubric TEXT NOT NULL,
  item TEXT NOT NULL,
  labels TEXT NOT NULL,         -- JSON
  code TEXT NOT NULL,
  is_check INTEGER NOT NULL,
  known TEXT,
  repeats TEXT,                 -- id of a task
  state TEXT NOT NULL DEFAULT 'open',
  answer TEXT NOT NULL DEFAULT 'null',  -- JSON
  answered_by TEXT,
  created_us INTEGER NOT NULL,
  answered_us INTEGER,
  UNIQUE (project, id)
) STRICT;
CREATE INDEX task_state ON task (project, state, seq);
CREATE INDEX task_job ON task (project, job);
CREATE INDEX task_call ON task (project, call_key) WHERE call_key IS NOT NULL;
CREATE INDEX task_repeats ON task (project, repeats) WHERE repeats IS NOT NULL;

-- Who waits for a pending call.
CREATE TABLE waiting_call (
  project INTEGER NOT NULL,
  key TEXT NOT NULL,
  job TEXT NOT NULL,
  PRIMARY KEY (project, key, job)
) STRICT, WITHOUT ROWID;
CREATE INDEX waiting_call_job ON waiting_call (project, job);

-- Judges, prompts and other small named things.
CREATE TABLE versioned (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  hash TEXT NOT NULL,
  body TEXT NOT NULL,           -- JSON
  note TEXT,
  parent INTEGER,               -- the version before it
  created_us INTEGER NOT NULL,
  UNIQUE (project, kind, name, version),
  UNIQUE (project, kind, name, hash)
) STRICT;
