/** Frozen: what version 3 of the database adds, models from the registry. A change is a new migration. */
export const migration003 = `
UPDATE model_offers SET content = json_object(
  'offer', json(content), 'sequence', 0, 'state', 'open', 'problem', NULL, 'settledAt', NULL);

CREATE TABLE followed_aliases (
  name TEXT PRIMARY KEY,
  alias TEXT NOT NULL
) STRICT;

CREATE TABLE model_standings (
  model_sha256 TEXT PRIMARY KEY,
  content TEXT NOT NULL
) STRICT;
`;
