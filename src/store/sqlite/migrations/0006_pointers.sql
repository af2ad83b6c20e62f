-- Aliases and linked files of versioned records: where each stands, and every move that brought it there.
CREATE TABLE pointer (
  project INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  pointer TEXT NOT NULL,
  value TEXT NOT NULL,
  moved_us INTEGER NOT NULL,
  PRIMARY KEY (project, kind, name, pointer)
) STRICT, WITHOUT ROWID;

CREATE TABLE pointer_move (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  pointer TEXT NOT NULL,
  was TEXT,                     -- null: there was none
  became TEXT,                  -- null: removed
  note TEXT,
  moved_us INTEGER NOT NULL
) STRICT;
CREATE INDEX pointer_move_of ON pointer_move (project, kind, name, id);
