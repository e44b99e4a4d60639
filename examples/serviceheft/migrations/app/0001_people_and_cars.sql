-- expand: people, their sign-ins, cars and what was done to them
CREATE TABLE users (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'vip', 'dealer', 'moderator', 'admin')),
  consent TEXT,
  created_at TEXT NOT NULL
);
CREATE TABLE challenges (
  id TEXT PRIMARY KEY,
  email TEXT NOT NULL,
  code_hash TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX challenges_email ON challenges (email, created_at);
CREATE TABLE sessions (
  token_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users,
  expires_at INTEGER NOT NULL
);
CREATE TABLE step_ups (
  token_hash TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users,
  scope TEXT NOT NULL,
  expires_at INTEGER NOT NULL
);
CREATE TABLE probe_mailbox (email TEXT NOT NULL, challenge_id TEXT NOT NULL, code TEXT NOT NULL);
CREATE TABLE vehicles (
  id TEXT PRIMARY KEY,
  owner_id TEXT REFERENCES users,
  name TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY,
  vehicle_id TEXT NOT NULL REFERENCES vehicles,
  day TEXT NOT NULL,
  what TEXT NOT NULL,
  km INTEGER NOT NULL
);
-- Of nobody: a car whose public page can be asked for after every deploy.
INSERT INTO vehicles (id, name, created_at) VALUES ('probe-fahrzeug', 'Probefahrzeug', '2026-03-01T00:00:00Z');
INSERT INTO entries (vehicle_id, day, what, km) VALUES ('probe-fahrzeug', '2026-03-01', 'Inspektion', 12000);
