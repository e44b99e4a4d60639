-- expand: the first tables
CREATE TABLE calls (
  id INTEGER PRIMARY KEY,
  external_id TEXT NOT NULL UNIQUE,
  caller TEXT NOT NULL,
  utterances TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'received',
  transcript TEXT,
  intent TEXT,
  created_at TEXT NOT NULL
);

CREATE TABLE appointments (
  id INTEGER PRIMARY KEY,
  call_id INTEGER REFERENCES calls (id),
  name TEXT NOT NULL,
  starts_at TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL DEFAULT 'booked',
  created_at TEXT NOT NULL
);

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  subject INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'queued',
  attempts INTEGER NOT NULL DEFAULT 0,
  run_after INTEGER NOT NULL,
  claimed_at INTEGER,
  error TEXT
);
CREATE INDEX jobs_due ON jobs (state, run_after);

CREATE TABLE heartbeats (
  name TEXT PRIMARY KEY,
  release TEXT NOT NULL,
  at INTEGER NOT NULL
);
