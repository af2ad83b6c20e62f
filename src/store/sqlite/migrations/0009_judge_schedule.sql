-- When the last change of a trace or session was rolled up: what has been quiet since can be judged. Null for rows of before.
ALTER TABLE trace ADD COLUMN changed_us INTEGER;
CREATE INDEX trace_changed ON trace (project, changed_us) WHERE changed_us IS NOT NULL;
ALTER TABLE session ADD COLUMN changed_us INTEGER;
CREATE INDEX session_changed ON session (project, changed_us) WHERE changed_us IS NOT NULL;

-- Share of the traffic that was drawn for this verdict; null: it was not a draw's.
ALTER TABLE assessment ADD COLUMN sampling_rate REAL;

-- Which judges look at what comes in.
CREATE TABLE judge_schedule (
  project INTEGER PRIMARY KEY,
  setting TEXT,                 -- JSON; null: off
  set_us INTEGER,               -- when it was last set
  from_us INTEGER,              -- when it was last off before that: what came in earlier is not judged
  job TEXT                      -- the newest job that works by it
) STRICT;
