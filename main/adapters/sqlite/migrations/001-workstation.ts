/** Frozen: what version 1 of the database is. A change is a new migration. */
export const migration001 = `
CREATE TABLE accounts (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  username TEXT NOT NULL,
  username_key TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  roles TEXT NOT NULL,
  language TEXT NOT NULL,
  is_disabled INTEGER NOT NULL CHECK (is_disabled IN (0, 1)),
  created_at_ms INTEGER NOT NULL,
  created_zone TEXT NOT NULL,
  password_hash TEXT NOT NULL,
  failures INTEGER NOT NULL CHECK (failures >= 0),
  locked_out_until_ms INTEGER
) STRICT;

-- What the list shows, sorts, filters and searches by. The ordinal counts sessions on this device: order of making.
CREATE TABLE sessions (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  mode TEXT NOT NULL CHECK (mode IN ('inference', 'collection')),
  kind TEXT NOT NULL CHECK (kind IN ('PATIENT', 'CONTROL', 'TEST', 'AFTERCOVID')),
  status TEXT NOT NULL
    CHECK (status IN ('draft', 'recorded', 'processing', 'completed', 'error', 'discarded')),
  hospital TEXT,
  record_number TEXT,
  created_at_ms INTEGER NOT NULL,
  created_zone TEXT NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  updated_zone TEXT NOT NULL,
  created_by TEXT NOT NULL,
  form_id TEXT NOT NULL,
  form_version TEXT NOT NULL,
  protocol_id TEXT NOT NULL,
  protocol_version TEXT NOT NULL,
  sync TEXT NOT NULL CHECK (sync IN ('local-only', 'waiting', 'sending', 'synced', 'needs-attention')),
  results TEXT NOT NULL,
  hospital_key TEXT,
  record_number_key TEXT,
  search_text TEXT NOT NULL,
  model_key TEXT,
  decision TEXT CHECK (decision IN ('positive', 'negative', 'inconclusive')),
  decision_bits INTEGER NOT NULL,
  kind_rank INTEGER GENERATED ALWAYS AS (
    CASE kind WHEN 'PATIENT' THEN 0 WHEN 'CONTROL' THEN 1 WHEN 'TEST' THEN 2 ELSE 3 END) VIRTUAL,
  status_rank INTEGER GENERATED ALWAYS AS (
    CASE status WHEN 'draft' THEN 0 WHEN 'recorded' THEN 1 WHEN 'processing' THEN 2 WHEN 'completed' THEN 3
      WHEN 'error' THEN 4 ELSE 5 END) VIRTUAL,
  sync_rank INTEGER GENERATED ALWAYS AS (
    CASE sync WHEN 'local-only' THEN 0 WHEN 'waiting' THEN 1 WHEN 'sending' THEN 2 WHEN 'synced' THEN 3
      ELSE 4 END) VIRTUAL,
  decision_rank INTEGER GENERATED ALWAYS AS (
    CASE decision WHEN 'positive' THEN 0 WHEN 'negative' THEN 1 WHEN 'inconclusive' THEN 2 END) VIRTUAL
) STRICT;
CREATE INDEX sessions_by_date ON sessions (created_at_ms, ordinal, status);
CREATE INDEX sessions_by_hospital ON sessions (hospital_key, ordinal, status);
CREATE INDEX sessions_by_record_number ON sessions (record_number_key, ordinal, status);
CREATE INDEX sessions_by_model ON sessions (model_key, ordinal, status);
CREATE INDEX sessions_by_status ON sessions (status_rank, ordinal, status);
CREATE INDEX sessions_by_decision ON sessions (decision_rank, ordinal, status);
CREATE INDEX sessions_by_sync ON sessions (sync_rank, ordinal, status);
CREATE INDEX sessions_by_kind ON sessions (kind_rank, ordinal, status);
CREATE INDEX sessions_for_search ON sessions (status, mode, kind, sync, decision_bits, created_at_ms, search_text);

-- What only the session's own page needs, apart so that the list stays small.
CREATE TABLE session_contents (
  session_ordinal INTEGER PRIMARY KEY REFERENCES sessions (ordinal),
  models TEXT NOT NULL,
  answers TEXT NOT NULL,
  confirmed_warnings TEXT NOT NULL,
  current_step TEXT NOT NULL,
  consent TEXT,
  skips TEXT NOT NULL
) STRICT;

CREATE TABLE open_takes (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL REFERENCES sessions (id),
  step_key TEXT NOT NULL,
  version INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  started_zone TEXT NOT NULL,
  sample_rate_hz INTEGER NOT NULL,
  device TEXT NOT NULL,
  by_account TEXT NOT NULL
) STRICT;

CREATE TABLE takes (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL REFERENCES sessions (id),
  step_key TEXT NOT NULL,
  version INTEGER NOT NULL CHECK (version > 0),
  source TEXT NOT NULL CHECK (source IN ('microphone', 'file')),
  started_at_ms INTEGER NOT NULL,
  started_zone TEXT NOT NULL,
  sample_rate_hz INTEGER NOT NULL,
  bit_depth INTEGER NOT NULL,
  frame_count INTEGER NOT NULL,
  duration_s REAL NOT NULL,
  sha256 TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  source_sha256 TEXT,
  device TEXT,
  continuity TEXT NOT NULL,
  quality TEXT NOT NULL,
  override TEXT,
  is_chosen INTEGER NOT NULL CHECK (is_chosen IN (0, 1)),
  UNIQUE (session_id, step_key, version)
) STRICT;

CREATE TABLE screenings (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL REFERENCES sessions (id),
  at_ms INTEGER NOT NULL,
  at_zone TEXT NOT NULL,
  by_account TEXT NOT NULL,
  model TEXT NOT NULL,
  app_version TEXT NOT NULL,
  inputs TEXT NOT NULL,
  outcome TEXT NOT NULL
) STRICT;
CREATE INDEX screenings_of_session ON screenings (session_id, ordinal);

CREATE TABLE notes (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  session_id TEXT NOT NULL REFERENCES sessions (id),
  text TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  at_zone TEXT NOT NULL,
  by_username TEXT NOT NULL
) STRICT;
CREATE INDEX notes_of_session ON notes (session_id, ordinal);

-- The position is the order in which entries were stored, the sequence the number that the chain gives them.
CREATE TABLE audit (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  sequence INTEGER NOT NULL UNIQUE,
  at TEXT NOT NULL,
  zone TEXT NOT NULL,
  by_username TEXT NOT NULL,
  action TEXT NOT NULL,
  session_id TEXT,
  details TEXT NOT NULL,
  previous_hash TEXT NOT NULL,
  hash TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of_session ON audit (session_id, sequence);
CREATE TRIGGER audit_is_never_edited BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_never_cut BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TABLE audit_head (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  entries INTEGER NOT NULL,
  hash TEXT NOT NULL,
  seal TEXT NOT NULL
) STRICT;

CREATE TABLE outbox (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('session', 'take', 'result', 'note', 'audit')),
  session_id TEXT,
  subject_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  at_zone TEXT NOT NULL
) STRICT;

CREATE TABLE settings (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  content TEXT NOT NULL
) STRICT;

CREATE TABLE facts (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE model_tests (
  model_sha256 TEXT PRIMARY KEY,
  content TEXT NOT NULL
) STRICT;
`;
