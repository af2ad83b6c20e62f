-- Ids of traces and spans are the raw bytes; views show them as hex. Times are microseconds since the epoch.

CREATE TABLE project (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  slug TEXT NOT NULL,
  created_us INTEGER NOT NULL,
  last_arrival_us INTEGER
) STRICT;

CREATE TABLE service_project (
  service TEXT PRIMARY KEY,
  project INTEGER NOT NULL REFERENCES project (key)
) STRICT, WITHOUT ROWID;

-- Every JSON value (a message, a tool's arguments, tool definitions, a resource) once by content.
CREATE TABLE content (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  hash BLOB NOT NULL,           -- first 16 bytes of SHA-256 of the JSON text
  chars INTEGER NOT NULL,       -- length of the JSON text
  deflated INTEGER NOT NULL,    -- 1: data is raw DEFLATE of the text
  data BLOB NOT NULL,
  UNIQUE (project, hash)
) STRICT;

-- A list is its last node. Lists that share a beginning share nodes, so a history that is sent again with each
-- call costs one node a message, and "is a prefix of" is "is an ancestor of".
CREATE TABLE chain (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  hash BLOB NOT NULL,           -- first 16 bytes of SHA-256(parent's hash, content's hash)
  parent INTEGER REFERENCES chain (id),
  content INTEGER NOT NULL REFERENCES content (id),
  length INTEGER NOT NULL,
  UNIQUE (project, hash)
) STRICT;
CREATE INDEX chain_parent ON chain (parent);
CREATE INDEX chain_content ON chain (content);

CREATE TABLE media (
  project INTEGER NOT NULL,
  hash TEXT NOT NULL,
  mime_type TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (project, hash)
) STRICT, WITHOUT ROWID;

-- The media that a content's JSON names, written with the content; media in no content's use are swept.
CREATE TABLE media_use (
  content INTEGER NOT NULL,
  project INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (content, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX media_use_hash ON media_use (project, hash);

CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  session_id TEXT NOT NULL,
  inferred INTEGER NOT NULL DEFAULT 0,
  start_us INTEGER,             -- null: not rolled up yet, or only feedback or tags have arrived
  end_us INTEGER,
  duration_us INTEGER,
  turns INTEGER NOT NULL DEFAULT 0,
  status TEXT NOT NULL DEFAULT 'unset',
  service TEXT,
  user_id TEXT,
  agent_name TEXT,
  models TEXT NOT NULL DEFAULT '[]',
  tags TEXT NOT NULL DEFAULT '{}',
  own_tags TEXT NOT NULL DEFAULT '{}',  -- set on the session itself (labels files), not by its traces
  input_preview TEXT,
  output_preview TEXT,
  error_preview TEXT,
  input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER,
  reasoning_tokens INTEGER, cost_usd REAL, unpriced_calls INTEGER NOT NULL DEFAULT 0,
  spans INTEGER NOT NULL DEFAULT 0, llm_calls INTEGER NOT NULL DEFAULT 0, tool_calls INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0, rollup_spans INTEGER NOT NULL DEFAULT 0,
  UNIQUE (project, session_id)
) STRICT;
CREATE INDEX session_start ON session (project, start_us);

CREATE TABLE trace (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  trace_id BLOB NOT NULL,
  name TEXT NOT NULL DEFAULT '',
  service TEXT,
  start_us INTEGER,             -- null until the first roll-up
  end_us INTEGER,
  duration_us INTEGER,
  status TEXT NOT NULL DEFAULT 'unset',
  session INTEGER REFERENCES session (id),
  session_inferred INTEGER NOT NULL DEFAULT 0,
  user_id TEXT,
  agent_name TEXT,
  models TEXT NOT NULL DEFAULT '[]',
  tools TEXT NOT NULL DEFAULT '[]',
  prompts TEXT NOT NULL DEFAULT '[]',
  release TEXT,
  commit_sha TEXT,
  tags TEXT NOT NULL DEFAULT '{}',
  input_preview TEXT,
  output_preview TEXT,
  error_preview TEXT,
  input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER,
  reasoning_tokens INTEGER, cost_usd REAL, unpriced_calls INTEGER NOT NULL DEFAULT 0,
  spans INTEGER NOT NULL DEFAULT 0, llm_calls INTEGER NOT NULL DEFAULT 0, tool_calls INTEGER NOT NULL DEFAULT 0,
  errors INTEGER NOT NULL DEFAULT 0, rollup_spans INTEGER NOT NULL DEFAULT 0,
  findings TEXT NOT NULL DEFAULT '[]',
  arrived_us INTEGER NOT NULL,
  UNIQUE (project, trace_id)
) STRICT;
CREATE INDEX trace_start ON trace (project, start_us);
CREATE INDEX trace_unnamed ON trace (project) WHERE start_us IS NOT NULL AND (session IS NULL OR session_inferred = 1);
CREATE INDEX trace_status ON trace (project, status, start_us);
CREATE INDEX trace_session ON trace (session, start_us);
CREATE INDEX trace_duration ON trace (project, duration_us);
CREATE INDEX trace_cost ON trace (project, cost_usd);
CREATE INDEX trace_errors ON trace (project, errors) WHERE errors > 0;
CREATE INDEX trace_end ON trace (project, end_us);
-- The id as SQL shows it: joins and lookups by trace_id go through it.
CREATE INDEX trace_hex ON trace (project, lower(hex(trace_id)));

-- Values that a trace has several of, or that are open families: model, tool, agent, prompt, error_type, tag.KEY.
CREATE TABLE trace_facet (
  project INTEGER NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  trace INTEGER NOT NULL,
  PRIMARY KEY (project, field, value, trace)
) STRICT, WITHOUT ROWID;
CREATE INDEX trace_facet_trace ON trace_facet (trace);

-- Written in the transaction that changes a trace; the roll-up deletes it. Survives a kill.
CREATE TABLE dirty_trace (trace INTEGER PRIMARY KEY) STRICT;
-- Likewise for sessions: whoever changes a session's traces or own_tags adds its row id.
CREATE TABLE dirty_session (session INTEGER PRIMARY KEY) STRICT;

-- Which earlier trace a trace continues, worked out from message history.
CREATE TABLE trace_link (
  trace INTEGER PRIMARY KEY,
  predecessor INTEGER NOT NULL,
  rule TEXT NOT NULL,           -- how: 'thread', 'input', 'pair', 'adjacent'
  via INTEGER                   -- the chain node of the trace's history at which it was recognised
) STRICT;
CREATE INDEX trace_link_predecessor ON trace_link (predecessor);
CREATE INDEX trace_link_via ON trace_link (via) WHERE via IS NOT NULL;

-- What deletions may have left without a reference, until it is checked and removed. Survives a kill.
CREATE TABLE sweep_chain (chain INTEGER PRIMARY KEY) STRICT;
CREATE TABLE sweep_content (content INTEGER PRIMARY KEY) STRICT;

CREATE TABLE span (
  id INTEGER PRIMARY KEY,
  project INTEGER NOT NULL,
  trace INTEGER NOT NULL REFERENCES trace (id),
  span_id BLOB NOT NULL,
  parent_span_id BLOB,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  start_us INTEGER NOT NULL,
  end_us INTEGER,
  status TEXT NOT NULL,
  status_message TEXT,
  error_type TEXT,
  service TEXT,
  scope TEXT,
  session_id TEXT,
  user_id TEXT,
  agent_name TEXT,
  provider TEXT,
  model TEXT,
  tool_name TEXT,
  tool_call_id TEXT,
  finish_reasons TEXT,          -- JSON; null for none, likewise the other JSON columns
  input_tokens INTEGER, output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER,
  reasoning_tokens INTEGER, cost_usd REAL, cost_source TEXT,
  time_to_first_token_ms REAL,
  response_id TEXT,
  prompts TEXT,
  release TEXT,
  commit_sha TEXT,
  tags TEXT,
  findings TEXT,
  -- Content: rows of content, or chains of messages.
  system INTEGER,
  input_messages INTEGER,       -- chain
  output_messages INTEGER,      -- chain
  thread INTEGER,               -- chain: input and output messages together; an ancestor of the next call's input
  input INTEGER,
  output INTEGER,
  tool_definitions INTEGER,
  documents INTEGER,
  UNIQUE (trace, span_id)
) STRICT;
CREATE INDEX span_order ON span (trace, start_us);
CREATE INDEX span_tool ON span (project, tool_name, status) WHERE tool_name IS NOT NULL;
CREATE INDEX span_thread ON span (thread) WHERE thread IS NOT NULL;
CREATE INDEX span_input_messages ON span (input_messages) WHERE input_messages IS NOT NULL;
CREATE INDEX span_response ON span (project, response_id) WHERE response_id IS NOT NULL;

-- What the source said, apart so that scans of span stay narrow.
CREATE TABLE span_source (
  span INTEGER PRIMARY KEY REFERENCES span (id),
  resource INTEGER,             -- content
  deflated INTEGER NOT NULL,
  data BLOB NOT NULL            -- JSON {attributes, events, links}; large strings are {"$chain": n, "$join": [...]}
) STRICT;

-- The large strings of span_source.data: `n` as the data names it. Contents of these chains are verbatim text.
CREATE TABLE span_source_chain (
  span INTEGER NOT NULL,
  n INTEGER NOT NULL,
  chain INTEGER NOT NULL,
  PRIMARY KEY (span, n)
) STRICT, WITHOUT ROWID;

-- Text of a content row, indexed once however often it is sent.
CREATE VIRTUAL TABLE content_text USING fts5 (
  text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2"
);

-- Where a content first appeared within its scope: the session (its id), else the trace (minus its id).
CREATE TABLE occurrence (
  scope INTEGER NOT NULL,
  content INTEGER NOT NULL,
  span INTEGER NOT NULL,
  part TEXT NOT NULL,           -- 'input', 'output' (values) or 'message'
  role TEXT,                    -- of a message
  direction TEXT NOT NULL,      -- 'in' or 'out' of the span
  position INTEGER NOT NULL,
  PRIMARY KEY (scope, content)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrence_content ON occurrence (content);
CREATE INDEX occurrence_span ON occurrence (span);

CREATE TABLE assessment (
  id TEXT PRIMARY KEY,
  project INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT,                   -- JSON scalar
  rationale TEXT,
  quote TEXT,
  source TEXT NOT NULL,
  source_id TEXT,
  trace_id BLOB,
  span_id BLOB,
  session_id TEXT,
  response_id TEXT,
  created_us INTEGER NOT NULL,
  superseded_by TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX assessment_trace ON assessment (project, trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX assessment_session ON assessment (project, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX assessment_response ON assessment (project, response_id) WHERE response_id IS NOT NULL;
CREATE INDEX assessment_name ON assessment (project, kind, name, value);
