/** Frozen: what version 2 of the database adds, the way to the registry. A change is a new migration. */
export const migration002 = `
ALTER TABLE accounts ADD COLUMN origin TEXT NOT NULL DEFAULT 'local' CHECK (origin IN ('local', 'registry'));
ALTER TABLE sessions ADD COLUMN sync_progress REAL;
ALTER TABLE sessions ADD COLUMN sync_reason TEXT;

-- One row per thing to be sent instead of one per change; each keeps the number of its first change, and the count of
-- changes goes on where it was.
CREATE TABLE outbox_of_items (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL CHECK (kind IN ('withdrawal', 'session', 'take', 'result', 'note', 'audit')),
  session_id TEXT,
  subject_id TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  at_zone TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'put-aside', 'left-out')),
  reason TEXT,
  detail TEXT,
  UNIQUE (kind, subject_id)
) STRICT;
INSERT INTO outbox_of_items (ordinal, kind, session_id, subject_id, at_ms, at_zone, state)
  SELECT min(ordinal), kind, session_id, subject_id, at_ms, at_zone, 'waiting' FROM outbox
  WHERE kind <> 'audit' GROUP BY kind, subject_id ORDER BY 1;
DELETE FROM sqlite_sequence WHERE name = 'outbox_of_items';
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_of_items', seq FROM sqlite_sequence WHERE name = 'outbox';
DROP TABLE outbox;
ALTER TABLE outbox_of_items RENAME TO outbox;
CREATE INDEX outbox_of_session ON outbox (session_id, ordinal);
CREATE INDEX outbox_waiting ON outbox (kind, ordinal) WHERE state = 'waiting';
CREATE INDEX outbox_put_aside ON outbox (ordinal) WHERE state = 'put-aside';

CREATE TABLE sync_sessions (
  session_id TEXT PRIMARY KEY REFERENCES sessions (id),
  content TEXT NOT NULL,
  is_open INTEGER NOT NULL CHECK (is_open IN (0, 1))
) STRICT;
CREATE INDEX sync_sessions_open ON sync_sessions (session_id) WHERE is_open = 1;

CREATE TABLE take_audio (
  take_id TEXT PRIMARY KEY REFERENCES takes (id),
  session_id TEXT NOT NULL REFERENCES sessions (id),
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'put-aside')),
  reason TEXT,
  detail TEXT,
  upload TEXT,
  refusals INTEGER NOT NULL,
  removed_at_ms INTEGER,
  removed_zone TEXT
) STRICT;
CREATE INDEX take_audio_of_session ON take_audio (session_id);
CREATE INDEX take_audio_here ON take_audio (take_id) WHERE state = 'sent' AND removed_at_ms IS NULL;
CREATE INDEX take_audio_put_aside ON take_audio (take_id) WHERE state = 'put-aside';

CREATE TABLE receipts (
  ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL REFERENCES sessions (id),
  at_ms INTEGER NOT NULL,
  content TEXT NOT NULL
) STRICT;
CREATE INDEX receipts_of_session ON receipts (session_id, ordinal);

CREATE TABLE condemned_takes (take_id TEXT PRIMARY KEY) STRICT;

CREATE TABLE tombstones (
  session_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('withdrawal', 'deletion')),
  at_ms INTEGER NOT NULL,
  at_zone TEXT NOT NULL,
  by_username TEXT,
  entry_id TEXT
) STRICT;

CREATE TABLE hospitals (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  is_own INTEGER NOT NULL CHECK (is_own IN (0, 1))
) STRICT;

CREATE TABLE model_offers (
  name TEXT NOT NULL,
  alias TEXT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (name, alias)
) STRICT;

CREATE TABLE sync_facts (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  content TEXT NOT NULL
) STRICT;
`;
